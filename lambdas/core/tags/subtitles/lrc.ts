/** LRC lyrics, simple and enhanced: https://en.wikipedia.org/wiki/LRC_(file_format) */
import { boundedText, type Cue, CueList, MAX_CUES } from './cue.ts';
import { escapeText } from './cue-text.ts';
import { linesOf } from './lines.ts';

export type TimedLine = { readonly timeMs: number; readonly text: string };

/** The last line stays for as long as a line is sung. */
const LAST_LINE_MS = 5000;

/** `[mm:ss.xx]` or `[mm:ss:xx]`; of three fields the first are hours only where a fraction follows behind a point. */
const STAMP = /^\s*\[(?:(\d{1,3}):(?=\d{1,2}:\d{1,2}\.))?(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]/;
const WORD_STAMP = /<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>/g;
const OFFSET = /^\s*\[offset:\s*([+-]?\d{1,7})\s*\]/i;

/**
 * The lines in the order of their time. A line with several stamps is sung several times; one without text ends the one
 * before it. A positive `[offset:ms]` brings all of them forward. Lines without a stamp are left out.
 */
export function parseLrc(text: string): TimedLine[] {
  let offsetMs = 0;
  const timed: { timeMs: number; text: string }[] = [];
  for (const line of linesOf(text)) {
    offsetMs = Number(OFFSET.exec(line)?.[1] ?? offsetMs);
    const times: number[] = [];
    let rest = line;
    for (let stamp = STAMP.exec(rest); stamp !== null && times.length <= MAX_CUES; stamp = STAMP.exec(rest)) {
      times.push(timeMsOf(stamp));
      rest = rest.slice(stamp[0].length);
    }
    const words = boundedText(rest.replace(WORD_STAMP, '').trim());
    if (timed.length + times.length > MAX_CUES) break;
    for (const timeMs of times) timed.push({ timeMs, text: words });
  }
  return timed
    .map(({ timeMs, text: words }) => ({ timeMs: Math.max(0, timeMs - offsetMs), text: words }))
    .sort((a, b) => a.timeMs - b.timeMs);
}

/** Each line up to the next one. */
export function cuesOfLrc(text: string): Cue[] {
  const lines = parseLrc(text);
  const list = new CueList();
  for (const [i, { timeMs, text: words }] of lines.entries()) {
    if (list.isFull) break;
    const endMs = lines[i + 1]?.timeMs ?? timeMs + LAST_LINE_MS;
    list.add({ startMs: timeMs, endMs, text: escapeText(words) });
  }
  return list.cues;
}

function timeMsOf([, hours = '0', minutes = '0', seconds = '0', fraction = '0']: RegExpExecArray): number {
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}
