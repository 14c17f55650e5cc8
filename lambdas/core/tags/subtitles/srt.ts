import { boundedText, type Cue, CueList } from './cue.ts';
import { cueTextOf } from './cue-text.ts';
import { linesOf } from './lines.ts';
import { parseTiming } from './timing.ts';

/** Figures before an arrow. A text may hold an arrow, too. */
const LOOKS_LIKE_TIMES = /^\s*\d[\d:.,\s]*-->/;

/**
 * SubRip, as programs write it and people edit it: counters may be missing or wrong, fractions have a comma or a point,
 * empty lines may stand inside a text or be missing between two. A cue is a line with times and what follows up to the
 * next such line. Cues without text or duration, or with times that cannot be read, are
 * left out. Never throws.
 */
export function parseSrt(text: string): Cue[] {
  const lines = linesOf(text);
  const list = new CueList();
  let current: { startMs: number; endMs: number; lines: string[] } | undefined;
  const finish = (isFollowed: boolean): void => {
    if (current === undefined) return;
    const text = cueTextOf(boundedText(ownLines(current.lines, isFollowed).join('\n')));
    list.add({ startMs: current.startMs, endMs: current.endMs, text });
  };
  for (const line of lines) {
    const times = parseTiming(line);
    if (times === undefined) {
      if (!LOOKS_LIKE_TIMES.test(line)) {
        current?.lines.push(line);
        continue;
      }
      // Times that cannot be read: the cue before ends here, and what follows belongs to none.
      finish(true);
      current = undefined;
      continue;
    }
    finish(true);
    if (list.isFull) return list.cues;
    current = { startMs: times.startMs, endMs: times.endMs, lines: [] };
  }
  finish(false);
  return list.cues;
}

/** The last line before the next cue's times is that cue's counter, if it is a number. */
function ownLines(lines: readonly string[], isFollowed: boolean): readonly string[] {
  const last = lines.at(-1)?.trim() ?? '';
  return isFollowed && /^\d+$/.test(last) ? lines.slice(0, -1) : lines;
}
