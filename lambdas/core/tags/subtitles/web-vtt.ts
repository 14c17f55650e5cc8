/** WebVTT: https://www.w3.org/TR/webvtt1/ */
import { boundedText, type Cue, CueList } from './cue.ts';
import { linesOf } from './lines.ts';
import { parseTiming, type Timing } from './timing.ts';

const SIGNATURE = /^\ufeff?WEBVTT(?:[ \t].*)?$/;
const SETTING = /^(?:vertical:(?:rl|lr)|(?:line|position|size):[-\d.%,a-z]{1,40}|align:[a-z]{1,10})$/;

/**
 * The cues of a WebVTT file. Notes, styles and regions are left out, as are settings that the standard does not know,
 * and cues without text or duration. Never throws; a missing signature is forgiven.
 */
export function parseWebVtt(text: string): Cue[] {
  const list = new CueList();
  for (const block of blocksOf(linesOf(text))) {
    if (/^NOTE(?:\s|$)/.test(block[0] ?? '')) continue;
    let current: { times: Timing; lines: string[] } | undefined;
    for (const line of block) {
      const times = parseTiming(line);
      if (times === undefined) {
        // What stands before the times is the cue's name.
        current?.lines.push(line.replaceAll('-->', '--&gt;').trimEnd());
        continue;
      }
      if (current) list.add(cueOf(current.times, current.lines));
      if (list.isFull) return list.cues;
      current = { times, lines: [] };
    }
    if (current) list.add(cueOf(current.times, current.lines));
    if (list.isFull) break;
  }
  return list.cues;
}

function cueOf({ startMs, endMs, rest }: Timing, lines: readonly string[]): Cue {
  const settings = rest.split(/\s+/).filter((setting) => SETTING.test(setting));
  const text = boundedText(lines.join('\n'));
  return { startMs, endMs, text, ...(settings.length > 0 ? { settings: settings.join(' ') } : {}) };
}

/** True for a text that claims to be WebVTT, with or without cues. */
export function isWebVtt(text: string): boolean {
  return SIGNATURE.test(text.slice(0, 1000).split(/\r\n?|\n/, 1)[0] ?? '');
}

/** The file, its cues in the order of their time, as the standard wants them. Ends with a line feed. */
export function writeWebVtt(cues: readonly Cue[]): string {
  const inOrder = [...cues].sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
  return ['WEBVTT\n', ...inOrder.map(cueBlock)].join('\n');
}

function cueBlock({ startMs, endMs, text, settings }: Cue): string {
  return `${timeText(startMs)} --> ${timeText(endMs)}${settings === undefined ? '' : ` ${settings}`}\n${text}\n`;
}

function timeText(timeMs: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const seconds = timeMs / 1000;
  const fraction = String(timeMs % 1000).padStart(3, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}

function* blocksOf(lines: readonly string[]): Generator<string[]> {
  let block: string[] = [];
  for (const line of lines) {
    if (line.trim() !== '') block.push(line);
    else if (block.length > 0) {
      yield block;
      block = [];
    }
  }
  if (block.length > 0) yield block;
}
