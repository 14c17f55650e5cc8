import fc from 'fast-check';
import { openMp4 } from '../../../../lambdas/core/formats/mp4/mp4.ts';
import { concat } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { ascii, big, box, fullBox } from '../../../support/mp4-boxes.ts';
import { mp4File, type TestTrack } from '../../../support/mp4-file.ts';
import { fragmentedFile } from '../../../support/mp4-fragments.ts';
import { scanned, warningCodes } from './scanned.ts';

const edits = [{ startTicks: 1024, movieTicks: 0 }];
const sizes = [7, 300, 12, 255, 31, 9, 40, 8, 90];

function typeOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(4, 8));
}

/** A movie in which the table of that type is another one. */
function withTable(type: string, table: Uint8Array, track: Partial<TestTrack> = {}): Uint8Array {
  const tables = (boxes: Uint8Array[]): Uint8Array[] => boxes.map((given) => (typeOf(given) === type ? table : given));
  return mp4File({ tracks: [{ sizes, edits, ...track, tables }] }).bytes;
}

describe('damage', () => {
  const { bytes, samples } = mp4File({ tracks: [{ sizes, edits }] });
  const placed = samples[0] ?? [];

  it.each([2, 5, 8])('cut behind %i packets', async (count) => {
    const next = placed[count];
    const byteLength = (next?.startByte ?? 0) + 1;
    const scan = await scanned(bytes.subarray(0, byteLength));
    expect(scan.frames.length).toBe(count);
    expect(warningCodes(scan)).toContain('truncated');
    const words = `it ends at byte ${byteLength}; it plays up to second ${(scan.summary.totalSamples / 44100).toFixed(3)} of 0.209`;
    expect(scan.summary.warnings[0]?.message).toContain(words);
  });

  it('cut before the first packet', async () => {
    const cut = bytes.subarray(0, placed[0]?.startByte);
    await expect(scanned(cut)).rejects.toMatchObject({
      code: 'no_audio',
      message: expect.stringContaining('whole file'),
    });
  });

  it('cut in its header', async () => {
    for (let byteLength = 40; byteLength < (placed[0]?.startByte ?? 0) - 8; byteLength += 3) {
      await expect(scanned(bytes.subarray(0, byteLength))).rejects.toMatchObject({
        code: expect.stringMatching(/malformed_header|no_audio/),
      });
    }
  });

  it('moov behind the audio, and cut off', async () => {
    const last = mp4File({ tracks: [{ sizes, edits }], moovLast: true });
    const endByte = sizes.reduce((sum, size) => sum + size, 0) + (last.samples[0]?.[0]?.startByte ?? 0);
    const cut = scanned(last.bytes.subarray(0, endByte));
    await expect(cut).rejects.toMatchObject({
      code: 'malformed_header',
      message: expect.stringContaining('it was cut'),
    });
  });

  it('samples without bytes are left out', async () => {
    const gaps = mp4File({ tracks: [{ sizes: [5, 0, 7, 0, 0, 9], edits: [{ startTicks: 0, movieTicks: 0 }] }] });
    const scan = await scanned(gaps.bytes);
    expect(scan.frames.map(({ byteLength }) => byteLength)).toEqual([5, 7, 9]);
    expect(scan.summary).toMatchObject({ leadInSamples: 0, totalSamples: 3 * 1024 });
    expect(scan.summary.warnings[0]?.message).toContain('3 packets (0.070 s) have no bytes');
  });

  it('an offset outside of the file', async () => {
    const offsets = (chunks: number[]): number[] => chunks.map((byte, index) => (index === 2 ? 2 ** 31 : byte));
    const scan = await scanned(mp4File({ tracks: [{ sizes, edits }], offsets }).bytes);
    expect(scan.frames.length).toBe(6);
    expect(warningCodes(scan)).toEqual(['damaged_packets']);
  });

  it('packets that overlap are refused', async () => {
    const offsets = (chunks: number[]): number[] => chunks.map((byte, index) => byte - index);
    const overlapping = mp4File({ tracks: [{ sizes, edits }], offsets }).bytes;
    await expect(scanned(overlapping)).rejects.toMatchObject({ code: 'packets_out_of_order' });
  });

  it('more sizes than chunks', async () => {
    const scan = await scanned(mp4File({ tracks: [{ sizes, edits }], offsets: (chunks) => chunks.slice(0, 1) }).bytes);
    expect(scan.frames.length).toBe(3);
    expect(scan.summary.warnings[0]?.message).toContain('count 6 packets more than they place');
  });

  it('too few durations: the last one goes on', async () => {
    const scan = await scanned(withTable('stts', fullBox('stts', 0, 0, big(1, 4), big(2, 4), big(1024, 4))));
    expect(scan.frames.length).toBe(sizes.length);
    expect(warningCodes(scan)).toEqual([]);
  });
});

describe('numbers that are not true', () => {
  const huge = big(0xffffffff, 4);
  const all = sizes.length;
  it.each<[string, Uint8Array, number]>([
    ['sizes', withTable('stsz', fullBox('stsz', 0, 0, big(0, 4), huge, ...sizes.map((size) => big(size, 4)))), all],
    ['durations', withTable('stts', fullBox('stts', 0, 0, huge, huge, big(1024, 4))), all],
    ['samples a chunk', withTable('stsc', fullBox('stsc', 0, 0, big(1, 4), big(1, 4), huge, big(1, 4))), all],
    [
      'chunk runs that never begin',
      withTable('stsc', fullBox('stsc', 0, 0, huge, big(1, 4), big(3, 4), big(1, 4), huge, huge, huge)),
      all,
    ],
    ['a run for chunk 0', withTable('stsc', fullBox('stsc', 0, 0, big(1, 4), big(0, 4), big(3, 4), big(1, 4))), all],
  ])('%s', async (_, bytes, count) => {
    const scan = await scanned(bytes);
    expect(scan.frames.length).toBe(count);
    expect(await scanned(bytes, 1)).toEqual(scan);
  });

  it('four billion samples of one byte end with the file', async () => {
    const table = fullBox('stsz', 0, 0, big(1, 4), big(0xffffffff, 4));
    const chunk = fullBox('stsc', 0, 0, big(1, 4), big(1, 4), big(0xffffffff, 4), big(1, 4));
    const tables = (boxes: Uint8Array[]): Uint8Array[] =>
      [boxes[0], boxes[1], chunk, table, boxes[4]].filter((b) => b !== undefined);
    const file = mp4File({ tracks: [{ sizes: [5000], edits, tables }] });
    const scan = await scanned(file.bytes);
    expect(scan.frames.length).toBe(5000);
  });

  it('four billion samples without bytes, again and again', async () => {
    const moof = box(
      'moof',
      box(
        'traf',
        fullBox('tfhd', 0, 0x20000, big(1, 4)),
        ...new Array(1000).fill(fullBox('trun', 0, 0, big(0xffffffff, 4))),
      ),
    );
    const { bytes } = fragmentedFile({ tracks: [{ sizes: [5, 6], edits }] }, []);
    const scan = await scanned(concat(bytes, moof));
    expect(scan.frames.length).toBe(2);
  });

  it('samples before the beginning of the file', async () => {
    const moof = box(
      'moof',
      box(
        'traf',
        fullBox('tfhd', 0, 0x20000, big(1, 4)),
        fullBox('trun', 0, 0x201, big(1, 4), big(-99_999, 4), big(9, 4)),
      ),
    );
    const { bytes } = fragmentedFile({ tracks: [{ sizes: [], edits }] }, []);
    await expect(scanned(concat(bytes, moof))).rejects.toMatchObject({ code: 'packets_out_of_order' });
  });

  it('boxes larger than what they lie in', async () => {
    const { bytes } = mp4File({ tracks: [{ sizes, edits }] });
    const whole = await scanned(bytes);
    for (const type of ['stbl', 'minf', 'mdia', 'stco']) {
      const larger = bytes.slice();
      larger.set(big(0x7fffffff, 4), indexOf(larger, type) - 4);
      const outcome = await scanned(larger).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toHaveProperty('name', 'CuepointError');
      else expect(outcome).toMatchObject({ frames: whole.frames });
    }
  });

  it('a file of nothing but boxes is walked once', async () => {
    const boxes = new Uint8Array(400_000);
    for (let at = 0; at < boxes.length; at += 8) boxes.set([0, 0, 0, 8, ...ascii('trak')], at);
    const source = new MemorySource(box('moov', boxes));
    await expect(openMp4(source)).rejects.toMatchObject({ code: 'no_audio' });
    expect(source.reads).toBeLessThan(1000);
  });
});

describe('bytes that are changed', () => {
  const tabled = mp4File({
    tracks: [
      { sizes, edits },
      { sizes: [9, 9], handler: 'vide' },
    ],
    gaplessTag: ' 0 840 0 1000',
  });
  const fragments = [[{ startTicks: 0, runs: [{ sizes: [9, 9] }] }], [{ startTicks: 2048, runs: [{ sizes: [9, 9] }] }]];
  const fragmented = fragmentedFile({ tracks: [{ sizes: [4, 5], edits }] }, fragments, { ticks: 1024 });

  it.each([
    ['tables', tabled.bytes],
    ['fragments', fragmented.bytes],
  ])('in %s: nothing but words, and the same whatever is read at a time', async (_, original) => {
    const changes = fc.array(fc.tuple(fc.nat(original.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255))), {
      minLength: 1,
      maxLength: 4,
    });
    const outcomeOf = async (bytes: Uint8Array, blockBytes?: number): Promise<unknown> =>
      scanned(bytes, blockBytes).catch((error: Error) => {
        // Not recognised at all is an answer, too.
        if (error.message !== 'not recognised') expect(error).toHaveProperty('name', 'CuepointError');
        return error.message;
      });
    await fc.assert(
      fc.asyncProperty(changes, fc.integer({ min: 1, max: 99 }), async (places, blockBytes) => {
        const bytes = original.slice();
        for (const [at, value] of places) bytes[at] = value;
        expect(await outcomeOf(bytes, blockBytes)).toEqual(await outcomeOf(bytes));
      }),
      { numRuns: 200 },
    );
  });
});

function indexOf(bytes: Uint8Array, type: string): number {
  const wanted = ascii(type);
  return bytes.findIndex((_, at) => wanted.every((byte, i) => bytes[at + i] === byte));
}
