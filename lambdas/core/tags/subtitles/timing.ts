/** The line with the times of a cue, in SubRip and WebVTT alike. */

const TIME = String.raw`(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?`;
const LINE = new RegExp(String.raw`^\s*${TIME}\s*-{1,2}>\s*${TIME}(?:\s+(.*))?$`);

export type Timing = { readonly startMs: number; readonly endMs: number; readonly rest: string };

/** `undefined` for a line that is none. Hours and fractions may be left out. */
export function parseTiming(line: string): Timing | undefined {
  // No line of times is longer; patterns are not tried on books.
  const match = line.length > 300 ? null : LINE.exec(line);
  if (match === null) return undefined;
  const [, ...fields] = match;
  return { startMs: timeMs(fields.slice(0, 4)), endMs: timeMs(fields.slice(4, 8)), rest: fields[8] ?? '' };
}

function timeMs([hours = '0', minutes = '0', seconds = '0', fraction = '0']: readonly (string | undefined)[]): number {
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}
