import fc from 'fast-check';
import { findTrailingTags, skipLeadingTags, tagLengthAt } from '../../../lambdas/core/formats/surrounding-tags.ts';
import { MemorySource } from '../../support/memory-source.ts';
import {
  apeTag,
  ascii,
  concatBytes,
  id3v1ExtendedTag,
  id3v1Tag,
  id3v2Tag,
  junk,
  lyrics3Tag,
} from '../../support/mpeg-stream.ts';

const TRAILING: Record<string, Uint8Array> = {
  id3v1: id3v1Tag(),
  id3v1Extended: id3v1ExtendedTag(),
  apeV1: apeTag(300, 1),
  apeV2: apeTag(5000, 2),
  apeEmpty: apeTag(0, 2),
  lyrics1: lyrics3Tag(400, 1),
  lyrics2: lyrics3Tag(9000, 2),
  id3v2Footer: id3v2Tag(777, { footer: true }),
};

describe('tags at the end', () => {
  it.each(Object.entries(TRAILING))('%s', async (_name, tag) => {
    const source = new MemorySource(concatBytes(junk(4000), tag));
    expect(await findTrailingTags(source, 0)).toBe(4000);
  });

  it('are found in any combination', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...Object.keys(TRAILING)), { maxLength: 8 }), async (names) => {
        const tags = names.map((name) => TRAILING[name] ?? new Uint8Array(0));
        expect(await findTrailingTags(new MemorySource(concatBytes(junk(4000), ...tags)), 0)).toBe(4000);
      }),
    );
  });

  it.each([
    ['text', ascii('just some text at the end')],
    ['an APE footer longer than the file', apeTag(9000).subarray(9000)],
    ['LYRICS200 with a length that leads nowhere', ascii('LYRICSBEGIN000999LYRICS200')],
    ['LYRICS200 without digits', ascii('LYRICSBEGINxxxxxxLYRICS200')],
    ['LYRICSEND without a beginning', ascii('words LYRICSEND')],
    ['an ID3v2 tag without a footer', id3v2Tag(100)],
  ])('%s: none', async (_name, tail) => {
    const bytes = concatBytes(junk(4000), tail);
    expect(await findTrailingTags(new MemorySource(bytes), 0)).toBe(bytes.length);
  });

  it('never reach before the start', async () => {
    expect(await findTrailingTags(new MemorySource(id3v1Tag()), 1)).toBe(128);
    expect(await findTrailingTags(new MemorySource(id3v1Tag()), 0)).toBe(0);
    expect(await findTrailingTags(new MemorySource(new Uint8Array(0)), 0)).toBe(0);
  });

  it('cost bounded reads, however many there are', async () => {
    const source = new MemorySource(concatBytes(...Array.from({ length: 1000 }, id3v1Tag)));
    await findTrailingTags(source, 0);
    expect(source.reads).toBeLessThan(100);
  });
});

describe('tags at the beginning', () => {
  it.each([
    ['none', junk(100), 0],
    ['APEv2', concatBytes(apeTag(500), junk(100)), 564],
    ['ID3v2, APEv2, ID3v2', concatBytes(id3v2Tag(90), apeTag(500), id3v2Tag(20), junk(100)), 100 + 564 + 30],
    ['an APE footer, which begins nothing', concatBytes(apeTag(0, 1), junk(100)), 0],
  ])('%s', async (_name, bytes, expected) => {
    expect(await skipLeadingTags(new MemorySource(bytes))).toBe(expected);
  });
});

describe('a tag in the middle', () => {
  it.each([
    ['ID3v2', id3v2Tag(90), 100],
    ['APEv2', apeTag(90), 154],
    ['ID3v1', id3v1Tag(), 128],
    ['extended ID3v1', id3v1ExtendedTag(), 227],
    ['junk', junk(50), 0],
    ['nothing', new Uint8Array(0), 0],
  ])('%s', (_name, bytes, expected) => {
    expect(tagLengthAt(concatBytes(junk(3), bytes), 3)).toBe(expected);
  });
});
