import fc from 'fast-check';
import { concat } from '../../../support/flac-stream.ts';
import { big, box, fullBox } from '../../../support/mp4-boxes.ts';
import { aacEntry } from '../../../support/mp4-entries.ts';
import type { TestTrack } from '../../../support/mp4-file.ts';
import { fragment, fragmentedFile, type TestTrackFragment } from '../../../support/mp4-fragments.ts';
import { scanned, warningCodes } from './scanned.ts';

const edits = [{ startTicks: 1024, movieTicks: 0 }];
const audio: TestTrack = { sizes: [], edits };
const video: TestTrack = { sizes: [], handler: 'vide' };
const run = { sizes: [20, 30, 7] };

describe('where the samples lie', () => {
  it.each<[string, TestTrack[], TestTrackFragment[][]]>([
    ['counted from the fragment', [audio], [[{ runs: [run] }], [{ runs: [run, run] }]]],
    ['from a byte of the file', [audio], [[{ base: 'explicit', runs: [run] }], [{ base: 'explicit', runs: [run] }]]],
    ['from the fragment, unsaid', [audio], [[{ base: 'implicit', runs: [run] }]]],
    ['runs that follow each other', [audio], [[{ runs: [run, { ...run, placed: false }] }]]],
    ['with all fields', [audio], [[{ runs: [{ ...run, verbose: true, durations: [1024, 1000] }] }]]],
    [
      'durations without sizes',
      [audio],
      [[{ byteLength: 9, runs: [{ sizes: [9, 9, 9], durations: [1024], terse: true }] }]],
    ],
    ['one size for all', [audio], [[{ byteLength: 9, runs: [{ sizes: [9, 9, 9], terse: true }] }]]],
    ['beside a video', [video, audio], [[{ runs: [run] }, { id: 2, runs: [run] }], [{ id: 2, runs: [run] }]]],
    ['in fragments of their own', [video, audio], [[{ runs: [run] }], [{ id: 2, runs: [run] }], [{ runs: [run] }]]],
    ['with times', [audio], [[{ startTicks: 0, runs: [run] }], [{ startTicks: 3072, wide: true, runs: [run] }]]],
  ])('%s', async (_, tracks, fragments) => {
    const { bytes, samples } = fragmentedFile({ tracks }, fragments, { ticks: 1024 });
    const placed = samples[tracks.indexOf(audio)] ?? [];
    const scan = await scanned(bytes);
    expect(scan.frames).toEqual(placed.map((sample) => ({ ...sample, samples: 1024 })));
    expect(scan.summary.leadInSamples).toBe(1024);
    expect(warningCodes(scan)).toEqual([]);
    for (const blockBytes of [1, 7, 64]) expect(await scanned(bytes, blockBytes)).toEqual(scan);
  });

  it('counted from the end of the track before, where nothing is said', async () => {
    // The second track's run says 0: its data follow those of the first.
    const placed = (id: number, offset: number): Uint8Array =>
      box(
        'traf',
        fullBox('tfhd', 0, 0, big(id, 4)),
        fullBox('trun', 0, 0x201, big(2, 4), big(offset, 4), big(10, 4), big(12, 4)),
      );
    const { bytes } = fragmentedFile({ tracks: [video, audio] }, [], { ticks: 1024 });
    const moof = (dataOffset: number): Uint8Array => box('moof', placed(1, dataOffset), placed(2, 0));
    const dataOffset = moof(0).length + 8;
    const scan = await scanned(concat(bytes, moof(dataOffset), box('mdat', big(0, 44))));
    const dataByte = bytes.length + dataOffset;
    expect(scan.frames.map(({ startByte }) => startByte)).toEqual([dataByte + 22, dataByte + 32]);
  });

  it('other boxes between them are passed over', async () => {
    const start = fragmentedFile({ tracks: [audio] }, []).bytes;
    const between = concat(start, box('styp', big(0, 8)), fullBox('sidx', 0, 0, big(0, 20)), fullBox('emsg', 0, 0));
    const made = fragment(between.length, [{ runs: [run] }]);
    const scan = await scanned(concat(between, made.bytes, box('mfra', big(0, 8))));
    expect(scan.frames.map(({ startByte }) => startByte)).toEqual(made.samples[0]?.map(({ startByte }) => startByte));
    expect(warningCodes(scan)).toEqual([]);
  });

  it('behind samples of the header', async () => {
    const { bytes, samples } = fragmentedFile({ tracks: [{ ...audio, sizes: [5, 6, 7, 8] }] }, [[{ runs: [run] }]]);
    const scan = await scanned(bytes);
    expect(scan.frames.map(({ startByte }) => startByte)).toEqual(samples[0]?.map(({ startByte }) => startByte));
    expect(scan.frames.length).toBe(7);
  });

  it('of a description that changes: the timeline ends there', async () => {
    const track = { ...audio, entries: [aacEntry(), aacEntry([0x11, 0x90])] };
    const fragments = [[{ runs: [run] }], [{ description: 2, runs: [run] }]];
    const scan = await scanned(fragmentedFile({ tracks: [track] }, fragments, { ticks: 1024 }).bytes);
    expect(scan.packets.length).toBe(3);
    expect(warningCodes(scan)).toEqual(['sample_rate_change']);
  });
});

describe('time', () => {
  const at = (startTicks: number): TestTrackFragment[] => [{ startTicks, runs: [run] }];
  const file = (...fragments: TestTrackFragment[][]): Uint8Array =>
    fragmentedFile({ tracks: [audio] }, fragments, { ticks: 1024 }).bytes;

  it('a stream that begins late is trimmed by what of the edit lies in it', async () => {
    expect((await scanned(file(at(524), at(524 + 3072)))).summary).toMatchObject({ leadInSamples: 500 });
    expect((await scanned(file(at(9_000_000)))).summary).toMatchObject({ leadInSamples: 0, totalSamples: 3072 });
  });

  it('a hole is reported and not filled', async () => {
    const scan = await scanned(file(at(0), at(3072 + 44_100), at(2 * 3072 + 2 * 44_100)));
    expect(scan.summary.totalSamples).toBe(9 * 1024 - 1024);
    expect(warningCodes(scan)).toEqual(['damaged_packets']);
    expect(scan.summary.warnings[0]?.message).toContain('2.000 s are missing between fragments in 2 places');
  });

  it('a packet more or less is no hole', async () => {
    expect(warningCodes(await scanned(file(at(0), at(4096), at(6144))))).toEqual([]);
  });

  it('fragments against time are refused', async () => {
    await expect(scanned(file(at(90_000), at(0)))).rejects.toMatchObject({ code: 'packets_out_of_order' });
  });
});

describe('cut files', () => {
  const { bytes, samples } = fragmentedFile({ tracks: [audio] }, [[{ runs: [run, run] }], [{ runs: [run, run] }]], {
    ticks: 1024,
  });
  const placed = samples[0] ?? [];

  it('play as far as whole packets go, wherever the cut', async () => {
    // The first packet is the encoder's delay.
    const first = (placed[1]?.startByte ?? 0) + (placed[1]?.byteLength ?? 0);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: first, max: bytes.length - 1 }),
        fc.integer({ min: 1, max: 99 }),
        async (byteLength, blockBytes) => {
          const cut = bytes.subarray(0, byteLength);
          const scan = await scanned(cut);
          const whole = placed.filter((sample) => sample.startByte + sample.byteLength <= byteLength);
          expect(scan.frames.length).toBe(whole.length);
          const betweenFragments = byteLength === boundary;
          expect(warningCodes(scan).includes('truncated')).toBe(!betweenFragments);
          expect(await scanned(cut, blockBytes)).toEqual(scan);
        },
      ),
      { numRuns: 60 },
    );
  });

  const boundary = (placed[5]?.startByte ?? 0) + (placed[5]?.byteLength ?? 0);

  it('a cut between two fragments cannot be told', async () => {
    expect(warningCodes(await scanned(bytes.subarray(0, boundary)))).toEqual([]);
  });

  it('what is no box ends the walk', async () => {
    const scan = await scanned(concat(bytes, new Uint8Array([0, 0, 0, 5]), new Uint8Array(90)));
    expect(scan.frames.length).toBe(placed.length);
    expect(warningCodes(scan)).toEqual(['damaged_packets']);
  });

  it('without one packet there is no audio', async () => {
    const { bytes: header } = fragmentedFile({ tracks: [audio] }, []);
    await expect(scanned(header)).rejects.toMatchObject({ code: 'no_audio' });
  });
});
