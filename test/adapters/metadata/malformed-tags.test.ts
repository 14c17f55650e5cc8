import fc from 'fast-check';
import { bytesToBase64 } from '../../../lambdas/core/base64.ts';
import { MAX_EXCERPT_BYTES } from '../../../lambdas/core/tags/excerpt/excerpt-reader.ts';
import { tagExcerpt } from '../../../lambdas/core/tags/excerpt/tag-excerpt.ts';
import { concat } from '../../support/flac-stream.ts';
import { MemorySource } from '../../support/memory-source.ts';
import {
  aiffWith,
  apeV2,
  chpl,
  flacFile,
  flacPicture,
  infoList,
  item,
  mp3File,
  mp4With,
  picture,
  type TaggedFile,
  userData,
  vorbisComments,
  wavPackWith,
  wavWith,
} from '../../support/tagged-files.ts';
import { apic, chap, id3v1, id3v2, latin1, sylt, text, worded } from '../../support/tagged-id3v2.ts';
import {
  asfFile,
  matroskaFile,
  matroskaPicture,
  matroskaTags,
  opusFile,
  vorbisFile,
} from '../../support/tagged-streams.ts';
import { tagsOfFile } from './tags-of-file.ts';

const MEBIBYTE = 2 ** 20;

describe('malformed tags', () => {
  it.each<[name: string, tag: Uint8Array, title: string | undefined]>([
    [
      'sizes of version 2.4 that are not syncsafe',
      id3v2([text('COMM', 'x'.repeat(300)), text('TIT2', 'Da')], { plainSizes: true }),
      'Da',
    ],
    [
      'unsynchronisation of a whole tag',
      id3v2([text('TIT2', '\xffDa', 'latin1'), text('TALB', 'A')], { major: 3, unsynchronised: true }),
      '\xffDa',
    ],
    ['a megabyte of padding', id3v2([text('TIT2', 'Da')], { paddingBytes: MEBIBYTE }), 'Da'],
    [
      'ten thousand empty frames',
      id3v2([text('TIT2', 'Da'), ...Array.from({ length: 10_000 }, () => ({ id: 'TXXX', body: new Uint8Array(0) }))]),
      'Da',
    ],
    [
      'an encrypted and a compressed frame',
      id3v2(
        [{ ...text('TIT2', 'no'), flags: [0, 0x40] }, { ...text('TIT2', 'no'), flags: [0, 0x80] }, text('TIT2', 'Da')],
        { major: 3 },
      ),
      'Da',
    ],
    ['half a surrogate pair', id3v2([text('TIT2', 'Da\ud83c!', 'utf-16')]), 'Da\ufffd!'],
    [
      'UTF-8 that says it is Latin-1',
      id3v2([text('TIT2', Buffer.from('Träume').toString('latin1'), 'latin1')]),
      'Träume',
    ],
    [
      'UTF-16 without a byte order mark',
      id3v2([{ id: 'TIT2', body: Uint8Array.from([1, ...Buffer.from('Da', 'utf16le')]) }]),
      'Da',
    ],
    [
      'an odd number of bytes in UTF-16',
      id3v2([{ id: 'TIT2', body: Uint8Array.of(1, 0xff, 0xfe, 0x44, 0, 0x61) }]),
      expect.anything(),
    ],
    [
      'a frame that reaches beyond the tag',
      id3v2([text('TIT2', 'Da'), { ...text('TALB', 'A'), statedBytes: 5000 }]),
      'Da',
    ],
  ])('reads ID3v2 with %s', async (_, tag, title) => {
    const { tags } = await tagsOfFile(mp3File([tag]));
    expect(tags.title).toEqual(title);
  });

  it('leaves out control characters', async () => {
    const { tags } = await tagsOfFile(mp3File([id3v2([text('TIT2', '\u0007Da\u001b[31m \r\n \u0085x\u0000')])]));
    expect(tags.title).toBe('Da[31m   x');
  });

  it.each([
    ['0', undefined],
    ['1998', 1998],
    ['98', undefined],
    ['19989', 1998],
    ['MCMXCVIII', undefined],
  ])('takes a year of %s for %s', async (value, year) => {
    const { tags } = await tagsOfFile(mp3File([id3v2([text('TDRC', value)])]));
    expect(tags.year).toBe(year);
  });

  it('cuts texts at 4 KiB, between two characters', async () => {
    const { tags } = await tagsOfFile(mp3File([id3v2([text('TIT2', `x${'🎵'.repeat(2000)}`)])]));
    expect(tags.title).toBe(`x${'🎵'.repeat(1023)}`);
  });

  it('cuts lyrics at 64 KiB and chapters at 1,000', async () => {
    const chapters = Array.from({ length: 1500 }, (_, i) => chap(`c${i}`, i, i + 1, `Nr. ${i}`));
    const found = await tagsOfFile(mp3File([id3v2([worded('USLT', 'la '.repeat(100_000)), ...chapters])]));
    expect(new TextEncoder().encode(found.lyrics?.text).length).toBe(65_536);
    expect(found.chapters).toHaveLength(1000);
    expect(found.chapters?.[999]).toEqual({ startSeconds: 0.999, endSeconds: 1, title: 'Nr. 999' });
  });

  it('leaves out chapters that begin behind the end, and ends that lie before their start', async () => {
    const frames = [chap('a', 1000, 500, 'A'), chap('b', 3000, 999_000, 'B'), chap('c', 60_000, 61_000, 'C')];
    const { chapters } = await tagsOfFile(mp3File([id3v2(frames)]));
    expect(chapters).toEqual([
      { startSeconds: 1, title: 'A' },
      { startSeconds: 3, endSeconds: 10, title: 'B' },
    ]);
  });

  it('does not believe more comments than there are', async () => {
    const { tags, warnings } = await tagsOfFile(
      flacFile([{ type: 4, body: vorbisComments(['TITLE=Da'], 0x7fff_ffff) }]),
    );
    expect(tags).toEqual({ title: 'Da' });
    expect(warnings).toMatchObject([{ code: 'tags_unreadable' }]);
  });
});

describe('covers', () => {
  it.each([
    ['above 2 MiB', 3 * MEBIBYTE, 'jpg', /^the cover has 3 MiB.*sooner$/],
    ['above 10 MiB', 11 * MEBIBYTE, undefined, /above 10 MiB; put a smaller one/],
    ['of 2 MiB', 2 * MEBIBYTE, 'jpg', undefined],
  ])('%s', async (_, byteLength, extension, message) => {
    const files: readonly TaggedFile[] = [
      mp3File([id3v2([text('TIT2', 'Da'), apic(picture('jpg', byteLength))])]),
      flacFile([
        { type: 6, body: flacPicture(picture('jpg', byteLength)) },
        { type: 4, body: vorbisComments(['TITLE=Da']) },
      ]),
      mp4With([userData([item('covr', 13, picture('jpg', byteLength)), item('©nam', 1, latin1('Da'))])]),
      matroskaFile([matroskaPicture(picture('jpg', byteLength)), matroskaTags({ TITLE: 'Da' })]),
    ];
    for (const file of files) {
      const { tags, cover, warnings } = await tagsOfFile(file);
      expect([tags.title, cover?.extension]).toEqual(['Da', extension]);
      expect(warnings).toEqual(message ? [{ code: 'huge_cover', message: expect.stringMatching(message) }] : []);
    }
  });

  it.each([
    ['a JPEG that says it is a PNG', picture('jpg'), 'image/png', 'jpg'],
    ['a script that says it is a JPEG', picture('svg'), 'image/jpeg', undefined],
    ['SVG', picture('svg'), 'image/svg+xml', undefined],
    ['nothing', new Uint8Array(0), 'image/jpeg', undefined],
  ])('goes by the bytes: %s', async (_, bytes, declared, extension) => {
    const { cover } = await tagsOfFile(mp3File([id3v2([text('TIT2', 'Da'), apic(bytes, declared)])]));
    expect(cover?.extension).toBe(extension);
  });

  it('prefers the front', async () => {
    const frames = [apic(picture('gif'), 'image/gif', 4), apic(picture('png'), 'image/png', 3)];
    expect((await tagsOfFile(mp3File([id3v2(frames)]))).cover?.extension).toBe('png');
  });
});

const COMMENTS = vorbisComments(['TITLE=Da', 'CHAPTER001=00:00:01.000', 'LYRICS=[00:01.00]x']);
const FILES: readonly TaggedFile[] = [
  mp3File(
    [id3v2([text('TIT2', 'Da', 'utf-16'), sylt([[1, 'a']]), chap('a', 0, 1, 'b'), apic(picture('jpg'))])],
    [apeV2([{ key: 'Title', value: latin1('Da') }]), id3v1('a', 'b', 1)],
    4,
  ),
  flacFile([
    { type: 4, body: COMMENTS },
    { type: 6, body: flacPicture(picture('png')) },
  ]),
  vorbisFile(COMMENTS),
  opusFile(vorbisComments([`METADATA_BLOCK_PICTURE=${bytesToBase64(flacPicture(picture('png')))}`])),
  wavWith([infoList({ INAM: latin1('Da'), IART: latin1('x') }), { id: 'id3 ', body: id3v2([text('TIT2', 'Da')]) }]),
  aiffWith([
    { id: 'NAME', body: latin1('Da') },
    { id: 'ID3 ', body: id3v2([text('TIT2', 'Da')]) },
  ]),
  wavPackWith(apeV2([{ key: 'Title', value: latin1('Da') }])),
  mp4With([userData([item('©nam', 1, latin1('Da')), item('covr', 13, picture('jpg'))], chpl([[1, 'a']]))]),
  asfFile({ title: 'Da', artist: 'x', comment: 'y' }, { 'WM/Year': '1998', 'WM/Picture': picture('jpg') }),
  matroskaFile([matroskaTags({ TITLE: 'Da' }), matroskaPicture(picture('jpg'))]),
];

describe('hostile tags', () => {
  it('never fail, whatever bytes are changed', async () => {
    const change = fc.record({ at: fc.nat(0xffff), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FILES),
        fc.array(change, { minLength: 1, maxLength: 12 }),
        async (file, changes) => {
          const bytes = file.bytes.slice();
          for (const { at, value } of changes) bytes[at % bytes.length] = value;
          const { tags, warnings } = await tagsOfFile({ ...file, bytes });
          for (const text of Object.values(tags)) expect(String(text)).not.toMatch(/[\p{Cc}\p{Surrogate}]/u);
          for (const { code } of warnings) expect(['tags_unreadable', 'huge_cover']).toContain(code);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never fail, wherever the file is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FILES), fc.nat(0xffff), async (file, at) => {
        await tagsOfFile({ ...file, bytes: file.bytes.slice(0, at % file.bytes.length) });
      }),
      { numRuns: 200 },
    );
  });

  it('are read within bounds, however large they claim to be', async () => {
    // Sparse: a tag of 200 MB of frames that lead nowhere.
    const frame = concat(latin1('TIT2'), Uint8Array.of(0, 0x0f, 0xff, 0xff, 0, 0));
    const head = id3v2([], { statedBytes: 200 * MEBIBYTE });
    let bytesRead = 0;
    const source = {
      byteLength: 250 * MEBIBYTE,
      read: async (startByte: number, target: Uint8Array) => {
        bytesRead += target.length;
        target.fill(0x41);
        if (startByte === 0) target.set(head);
        for (let i = 0; i + 10 <= target.length; i++) {
          if ((startByte + i - 10) % (0x3ffff + 10) === 0) target.set(frame, i);
        }
      },
    };
    const excerpt = await tagExcerpt(source, {
      format: { container: 'mp3' },
      audioStartByte: 200 * MEBIBYTE,
      audioEndByte: source.byteLength,
    });
    expect(excerpt.bytes.length).toBeLessThan(MAX_EXCERPT_BYTES + 10_000);
    expect(bytesRead).toBeLessThan(4 * MAX_EXCERPT_BYTES);
    expect(excerpt.omissions.isCut).toBe(true);
  });

  it('leave an error of the source what it is', async () => {
    const { bytes } = FILES[0] ?? { bytes: new Uint8Array(0) };
    const source = new MemorySource(bytes);
    source.read = () => Promise.reject(new Error('the disk is tired'));
    const audio = { format: { container: 'mp3' }, audioStartByte: 0, audioEndByte: 0 };
    await expect(tagExcerpt(source, audio)).rejects.toThrow('the disk is tired');
  });
});
