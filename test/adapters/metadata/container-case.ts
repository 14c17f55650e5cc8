import type { Chapter, Lyrics, PictureExtension, Tags } from '../../../lambdas/core/tags/tags.ts';
import type { TaggedFile } from '../../support/tagged-files.ts';

export type Expected = {
  readonly tags: Tags;
  readonly cover?: PictureExtension;
  readonly lyrics?: Lyrics;
  readonly chapters?: readonly Chapter[];
};

/** A file, and what is to be found in it. */
export type ContainerCase = readonly [name: string, file: TaggedFile, expected: Expected];
