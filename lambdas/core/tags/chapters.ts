import { cleanText } from './clean-text.ts';
import type { Chapter, FoundChapter } from './tags.ts';

export const MAX_CHAPTERS = 1000;
const MAX_TITLE_BYTES = 1024;

/** Finer than any container counts, coarse enough that what is a round number in the file is one here. */
const STEPS_PER_SECOND = 1e6;

/**
 * The chapters in the order of their time, those without a title numbered; the first of those that begin at the same
 * time. What begins at or after `durationSeconds` is left out, and an end that is not after its start.
 */
export function chaptersOf(found: readonly FoundChapter[], durationSeconds: number): Chapter[] {
  const inOrder = found
    .filter(({ startSeconds }) => startSeconds >= 0 && startSeconds < durationSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds)
    .filter(({ startSeconds }, i, all) => i === 0 || startSeconds > (all[i - 1]?.startSeconds ?? 0))
    .slice(0, MAX_CHAPTERS);
  return inOrder.map(({ startSeconds, endSeconds, title }, i) => ({
    startSeconds: rounded(startSeconds),
    ...(endSeconds !== undefined && Number.isFinite(endSeconds) && endSeconds > startSeconds
      ? { endSeconds: rounded(Math.min(endSeconds, durationSeconds)) }
      : {}),
    title: cleanText(title, { maxBytes: MAX_TITLE_BYTES }) || `Chapter ${i + 1}`,
  }));
}

function rounded(seconds: number): number {
  return Math.round(seconds * STEPS_PER_SECOND) / STEPS_PER_SECOND;
}

const CHAPTER_COMMENT = /^CHAPTER(\d{1,4})(NAME)?$/;
const CHAPTER_TIME = /^\s*(\d{1,4}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)\s*$/;

/**
 * Chapters written as comments: `CHAPTER001=00:01:02.500` and `CHAPTER001NAME=…`
 * (https://wiki.xiph.org/Chapter_Extension). Names are in upper case here. A chapter without a readable time is none.
 */
export function chaptersOfComments(comments: readonly (readonly [name: string, value: string])[]): FoundChapter[] {
  const startSeconds = new Map<number, number>();
  const titles = new Map<number, string>();
  for (const [name, value] of comments) {
    const [, number, isTitle] = CHAPTER_COMMENT.exec(name) ?? [];
    if (number === undefined) continue;
    if (isTitle) titles.set(Number(number), value);
    else {
      const [, hours, minutes, seconds] = CHAPTER_TIME.exec(value) ?? [];
      if (hours === undefined) continue;
      startSeconds.set(Number(number), Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
    }
  }
  return [...startSeconds].map(([number, start]) => ({ startSeconds: start, title: titles.get(number) ?? '' }));
}
