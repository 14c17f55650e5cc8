import fc from 'fast-check';
import {
  copySource,
  isS3Key,
  s3KeyObjection,
  tagOfVersion,
  versionOfTag,
} from '../../../lambdas/adapters/aws/s3-naming.ts';

describe('versions', () => {
  it('are the entity tags of S3 without their quotes', () => {
    expect(versionOfTag('"d41d8cd98f00b204e9800998ecf8427e"')).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(versionOfTag('"d41d8cd98f00b204e9800998ecf8427e-12"')).toBe('d41d8cd98f00b204e9800998ecf8427e-12');
    expect(tagOfVersion('d41d8cd98f00b204e9800998ecf8427e-12')).toBe('"d41d8cd98f00b204e9800998ecf8427e-12"');
  });

  it('are safe in URLs and give back their tag, whatever a store makes one of', () => {
    const tag = fc.string({ unit: 'grapheme' }).filter((text) => Buffer.from(text).toString() === text);
    fc.assert(
      fc.property(tag, (text) => {
        const version = versionOfTag(`"${text}"`);
        expect(version).toMatch(/^[A-Za-z0-9_.~-]*$/);
        expect(tagOfVersion(version)).toBe(`"${text}"`);
      }),
    );
  });
});

describe('keys', () => {
  const refused: [name: string, key: string, words: RegExp][] = [
    ['the empty one', '', /empty/],
    ['a lone surrogate', 'a\ud800', /Unicode/],
    ['1025 bytes', `${'é'.repeat(512)}x`, /1024 bytes/],
  ];
  it.each(refused)('does not hold %s', (_name, key, words) => {
    expect(s3KeyObjection(key)).toMatch(words);
    expect(isS3Key(key)).toBe(false);
  });

  it.each(['a', '/', 'a//b', '../a', 'é'.repeat(512), '\u{10ffff}'])('holds %s', (key) => {
    expect(isS3Key(key)).toBe(true);
  });

  it('are encoded by segment where a header carries them', () => {
    expect(copySource('bucket', 'a b/c+d/é?.flac')).toBe('bucket/a%20b/c%2Bd/%C3%A9%3F.flac');
  });
});
