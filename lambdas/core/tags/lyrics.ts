import { cleanText, cutToBytes } from './clean-text.ts';
import { parseLrc } from './subtitles/lrc.ts';
import type { FoundLyrics, Lyrics, LyricsLine } from './tags.ts';

/** The longest songs have 10 KiB; whole books have been seen in this field. */
export const MAX_LYRICS_BYTES = 64 * 1024;

const MAX_LINES = 5000;

/** The words and, where any of the found lyrics says when they are sung, their times. `undefined` when there is nothing. */
export function lyricsOf(found: readonly FoundLyrics[]): Lyrics | undefined {
  const readings = found.map((lyrics) =>
    lyrics.kind === 'synced' ? fromPieces(lyrics.pieces) : fromText(lyrics.text),
  );
  const synced = readings.find((reading) => reading.synced.length > 0)?.synced;
  const text =
    readings.find((reading) => reading.text !== '')?.text ??
    cutToBytes(synced?.map((line) => line.text).join('\n') ?? '', MAX_LYRICS_BYTES).trim();
  if (text === '' && synced === undefined) return undefined;
  return { ...(text === '' ? {} : { text }), ...(synced === undefined ? {} : { synced }) };
}

type Reading = { readonly text: string; readonly synced: readonly LyricsLine[] };

function fromText(found: string): Reading {
  const text = cleanText(found, { maxBytes: MAX_LYRICS_BYTES, multiline: true });
  const synced = parseLrc(text).map(({ timeMs, text: line }) => ({ timeSeconds: timeMs / 1000, text: line }));
  return synced.length > 0 ? { text: '', synced: bounded(synced) } : { text, synced: [] };
}

/**
 * SYLT (https://id3.org/id3v2.4.0-frames, section 4.9) may time syllables; a piece that begins a line begins with a
 * line feed. Where no piece does, each is a line.
 */
function fromPieces(pieces: readonly { readonly timeMs: number; readonly text: string }[]): Reading {
  const valid = pieces.filter(({ timeMs }) => Number.isFinite(timeMs) && timeMs >= 0).slice(0, MAX_LYRICS_BYTES);
  const hasLineFeeds = valid.some(({ text }) => /^[\r\n]/.test(text));
  const lines: { timeMs: number; pieces: string[] }[] = [];
  for (const { timeMs, text } of valid) {
    const current = lines.at(-1);
    if (current && hasLineFeeds && !/^[\r\n]/.test(text)) current.pieces.push(text);
    else lines.push({ timeMs, pieces: [text] });
  }
  const synced = lines
    .map((line) => ({ timeSeconds: line.timeMs / 1000, text: cleanText(line.pieces.join('')) }))
    .sort((a, b) => a.timeSeconds - b.timeSeconds);
  return { text: '', synced: bounded(synced) };
}

/** As many lines as a record of the words may hold. */
function bounded(lines: readonly LyricsLine[]): LyricsLine[] {
  let bytesLeft = MAX_LYRICS_BYTES;
  return lines.slice(0, MAX_LINES).filter(({ text }) => {
    bytesLeft -= text.length;
    return bytesLeft >= 0;
  });
}
