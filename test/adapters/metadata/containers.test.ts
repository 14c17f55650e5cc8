import { aiffWith, flacFile, mp3File, mp4With, wavWith } from '../../support/tagged-files.ts';
import { matroskaFile } from '../../support/tagged-streams.ts';
import { CONTAINER_CASES } from './container-cases.ts';
import { FRAME_CASES } from './frame-cases.ts';
import { tagsOfFile } from './tags-of-file.ts';

describe('tags of every container', () => {
  it.each([...FRAME_CASES, ...CONTAINER_CASES])('%s', async (_, file, expected) => {
    const { tags, cover, coverBytes, lyrics, chapters, warnings, reads } = await tagsOfFile(file);
    expect({ tags, cover: cover?.extension, lyrics, chapters }).toEqual({
      tags: expected.tags,
      cover: expected.cover,
      lyrics: expected.lyrics,
      chapters: expected.chapters,
    });
    expect(warnings).toEqual([]);
    expect(coverBytes?.length).toBe(cover?.byteLength);
    expect(reads).toBeLessThan(30);
  });

  it.each([
    ['MP3', mp3File([])],
    ['FLAC', flacFile([])],
    ['WAV', wavWith([])],
    ['AIFF', aiffWith([])],
    ['MP4', mp4With([])],
    ['Matroska', matroskaFile([])],
  ])('finds nothing in an untagged %s', async (_, file) => {
    expect(await tagsOfFile(file)).toEqual({ tags: {}, warnings: [], reads: expect.any(Number) });
  });
});
