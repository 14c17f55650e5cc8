import type { SourceWarning } from '../formats/format.ts';
import { type ChosenCover, MAX_COVER_BYTES, SLOW_COVER_BYTES } from './cover.ts';

const MEBIBYTE = 2 ** 20;

export type TagFaults = {
  readonly cover: ChosenCover | 'too_large' | undefined;
  /** Lengths of pictures that were not even read. */
  readonly hugePictures: readonly number[];
  /** Why not all of the tags could be read; absent when they could. */
  readonly failure?: string | undefined;
};

export function tagWarnings({ cover, hugePictures, failure }: TagFaults): SourceWarning[] {
  const warnings: SourceWarning[] = [];
  const isLeftOut = hugePictures.length > 0 || cover === 'too_large';
  if (isLeftOut) {
    const length = hugePictures.length > 0 ? `of ${mebibytes(Math.max(...hugePictures))} ` : '';
    warnings.push({
      code: 'huge_cover',
      message: `the file carries a picture ${length}that is not served, as it is above ${mebibytes(MAX_COVER_BYTES)}; put a smaller one into the file`,
    });
  } else if (typeof cover === 'object' && cover.bytes.length > SLOW_COVER_BYTES) {
    warnings.push({
      code: 'huge_cover',
      message: `the cover has ${mebibytes(cover.bytes.length)}, which players read before the first sound; below ${mebibytes(SLOW_COVER_BYTES)} the track starts sooner`,
    });
  }
  if (failure !== undefined) {
    warnings.push({
      code: 'tags_unreadable',
      message: `the tags could not be read to their end (${failure}); the audio is not affected: write the tags anew with a tag editor`,
    });
  }
  return warnings;
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / MEBIBYTE).toFixed(1))} MiB`;
}
