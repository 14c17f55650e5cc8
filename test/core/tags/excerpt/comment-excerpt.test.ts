import fc from 'fast-check';
import { MAX_FIELDS } from '../../../../lambdas/core/tags/excerpt/excerpt-reader.ts';
import { type TagExcerpt, tagExcerpt } from '../../../../lambdas/core/tags/excerpt/tag-excerpt.ts';
import { concat } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { oggPage } from '../../../support/ogg-stream.ts';
import { flacFile, flacPicture, picture, type TaggedFile, vorbisComments } from '../../../support/tagged-files.ts';
import { latin1 } from '../../../support/tagged-id3v2.ts';
import { opusFile, vorbisFile } from '../../../support/tagged-streams.ts';

const FILES: readonly (readonly [name: string, withComments: (comments: Uint8Array) => TaggedFile])[] = [
  ['FLAC', (comments) => flacFile([{ type: 4, body: comments }])],
  ['Ogg Vorbis', vorbisFile],
  ['Ogg Opus', opusFile],
];

const excerptOf = ({ bytes, container, ...bounds }: TaggedFile): Promise<TagExcerpt> =>
  tagExcerpt(new MemorySource(bytes), { format: { container }, ...bounds });

const pictureComment = (body: Uint8Array): string => `METADATA_BLOCK_PICTURE=${Buffer.from(body).toString('base64')}`;

/** `fLaC`, block header, vendor: the count of the first list of comments. */
const countIn = ({ bytes }: TagExcerpt): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);

describe('comments', () => {
  it.each(FILES)('are bounded in number: %s', async (_, withComments) => {
    const excerpt = await excerptOf(withComments(vorbisComments(new Array(20_000).fill('TITLE=Da'))));
    expect([countIn(excerpt), excerpt.omissions.isCut]).toEqual([MAX_FIELDS, true]);
    expect(excerpt.bytes.length).toBeLessThan(MAX_FIELDS * 12 + 100);
  });

  it.each(FILES)('are all there below that: %s', async (_, withComments) => {
    const excerpt = await excerptOf(withComments(vorbisComments(new Array(MAX_FIELDS).fill('TITLE=Da'))));
    expect([countIn(excerpt), excerpt.omissions.isCut]).toEqual([MAX_FIELDS, false]);
  });

  it.each(FILES)('of more than 1 MiB are left out: %s', async (_, withComments) => {
    const comments = ['TITLE=Da', `COMMENT=${'x'.repeat(2 ** 20)}`, 'ARTIST=x'];
    const excerpt = await excerptOf(withComments(vorbisComments(comments)));
    expect([countIn(excerpt), excerpt.omissions.isCut]).toEqual([2, true]);
    expect(excerpt.bytes.length).toBeLessThan(200);
  });

  it.each(FILES)('are counted, whatever their count claims: %s', async (_, withComments) => {
    const excerpt = await excerptOf(withComments(vorbisComments(['TITLE=Da', 'ARTIST=x'], 0xffff_ffff)));
    expect(countIn(excerpt)).toBeLessThanOrEqual(3);
    expect(excerpt.omissions.isCut).toBe(true);
  });

  it.each(FILES)('hand their pictures over as bytes, not as text: %s', async (_, withComments) => {
    const front = picture('png', 300_000);
    const comments = [
      pictureComment(flacPicture(picture('gif'), 4)),
      'TITLE=Da',
      pictureComment(flacPicture(front)).replace('METADATA', 'metadata'),
    ];
    const { bytes, pictures, omissions } = await excerptOf(withComments(vorbisComments(comments)));
    expect(pictures.map(({ type, bytes: { length } }) => [type, length])).toEqual([
      [undefined, 400],
      ['Cover (front)', 300_000],
    ]);
    expect(Buffer.compare(pictures[1]?.bytes ?? new Uint8Array(0), front)).toBe(0);
    expect(bytes.length).toBeLessThan(200);
    expect(omissions).toEqual({ hugePictures: [], isCut: false });
  });

  it.each(FILES)('note a picture that is cut, and one that is too large: %s', async (_, withComments) => {
    const cut = pictureComment(flacPicture(picture('png')).subarray(0, 100));
    const huge = pictureComment(new Uint8Array(11 * 2 ** 20));
    const { pictures, omissions } = await excerptOf(withComments(vorbisComments([huge, 'TITLE=Da', cut])));
    expect([pictures, omissions.isCut]).toEqual([[], true]);
    expect(omissions.hugePictures).toEqual([expect.closeTo(11 * 2 ** 20, -1)]);
  });
});

/** A page of one stream with one whole packet. */
function page(serial: number, body: Uint8Array, { first = false } = {}): Uint8Array {
  const full = Math.floor(body.length / 255);
  return oggPage({ serial, first, segments: [...new Array(full).fill(255), body.length % 255], body });
}

function streams(headers: readonly Uint8Array[], serial: number): TaggedFile {
  const audio = page(serial, new Uint8Array(100));
  const audioStartByte = concat(...headers).length;
  const bytes = concat(...headers, audio);
  return { bytes, container: 'ogg', audioStartByte, audioEndByte: bytes.length };
}

describe('headers of Ogg', () => {
  const opusTags = (title: string): Uint8Array => concat(latin1('OpusTags'), vorbisComments([`TITLE=${title}`]));
  const titleIn = ({ bytes }: TagExcerpt): string | undefined =>
    /TITLE=(\w+)/.exec(Buffer.from(bytes).toString('latin1'))?.[1];

  it('are those of the stream whose audio is served, among others', async () => {
    const headers = [
      page(1, latin1('OpusHead'), { first: true }),
      page(2, latin1('OpusHead'), { first: true }),
      page(1, opusTags('one')),
      page(2, opusTags('two')),
    ];
    expect(titleIn(await excerptOf(streams(headers, 1)))).toBe('one');
    expect(titleIn(await excerptOf(streams(headers, 2)))).toBe('two');
  });

  it('are those of the link that has audio', async () => {
    const link = (title: string): Uint8Array[] => [
      page(1, latin1('OpusHead'), { first: true }),
      page(1, opusTags(title)),
    ];
    const excerpt = await excerptOf(streams([...link('before'), ...link('this')], 1));
    expect([titleIn(excerpt), countIn(excerpt)]).toEqual(['this', 1]);
  });

  it('of FLAC are metadata blocks', async () => {
    const block = (type: number, body: Uint8Array): Uint8Array => concat(Uint8Array.of(type, 0, 0, 0), body);
    const headers = [
      page(1, latin1('\x7fFLAC'), { first: true }),
      page(1, block(4, vorbisComments(['TITLE=Da']))),
      page(1, block(0x86, flacPicture(picture('png')))),
    ];
    const excerpt = await excerptOf(streams(headers, 1));
    expect([titleIn(excerpt), excerpt.pictures.map(({ bytes }) => bytes.length)]).toEqual(['Da', [400]]);
  });

  it('are put together the same wherever their pages part them', async () => {
    const tags = concat(
      latin1('OpusTags'),
      vorbisComments(['TITLE=Da', pictureComment(flacPicture(picture('png', 5000)))]),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (segmentsPerPage) => {
        const pageBytes = segmentsPerPage * 255;
        const parts = Array.from({ length: Math.floor(tags.length / pageBytes) + 1 }, (_, i) => {
          const body = tags.subarray(i * pageBytes, (i + 1) * pageBytes);
          const full = new Array(Math.floor(body.length / 255)).fill(255);
          const segments = full.length === segmentsPerPage ? full : [...full, body.length % 255];
          return oggPage({ serial: 1, continued: i > 0, segments, body });
        });
        const excerpt = await excerptOf(streams([page(1, latin1('OpusHead'), { first: true }), ...parts], 1));
        expect([titleIn(excerpt), excerpt.pictures[0]?.bytes.length]).toEqual(['Da', 5000]);
        expect(excerpt.omissions.isCut).toBe(false);
      }),
    );
  });

  it('end where a page is cut, and at 16 MiB', async () => {
    const file = opusFile(vorbisComments(['TITLE=Da', `COMMENT=${'x'.repeat(100_000)}`]));
    const bytes = file.bytes.slice(0, 30_000);
    const cut = await excerptOf({ ...file, bytes, audioStartByte: bytes.length });
    expect(cut.omissions.isCut).toBe(true);
    const huge = opusFile(vorbisComments(['TITLE=Da', pictureComment(new Uint8Array(14 * 2 ** 20))]));
    const excerpt = await excerptOf(huge);
    expect([titleIn(excerpt), excerpt.omissions.isCut]).toEqual(['Da', true]);
  });
});
