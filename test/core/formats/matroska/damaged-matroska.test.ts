import {
  binary,
  marked,
  matroskaFile,
  opusFrame,
  type TestCluster,
  type TestFile,
} from '../../../support/matroska-file.ts';
import { codesOf, failure, places, scanned, startBytes } from './scanned.ts';

const CLUSTERS = 4;
const BLOCKS = 5;

const clusters: TestCluster[] = Array.from({ length: CLUSTERS }, (_, i) => ({
  time: i * BLOCKS * 20,
  blocks: Array.from({ length: BLOCKS }, (_, k) => ({ time: k * 20, frames: [opusFrame(30 + k)] })),
}));
const live: TestFile = {
  segmentSize: 'unknown',
  clusters: clusters.map((cluster) => ({ ...cluster, size: 'unknown' })),
};
const files: [string, TestFile][] = [
  ['sizes known', { clusters }],
  ['sizes unknown', live],
];

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describe.each(files)('a file that is damaged, %s', (_, file) => {
  const { bytes, marks } = matroskaFile(file);
  const frames = places(marked(marks, 'frame'));
  const blocks = marked(marks, 'block');
  const clusterBytes = startBytes(marked(marks, 'cluster'));
  const lost = blocks[7]?.startByte ?? 0;
  const intact = [...frames.slice(0, 7), ...frames.slice(10)];

  const overwritten = (at: number, ...values: number[]): Uint8Array => {
    const copy = bytes.slice();
    copy.set(values, at);
    return copy;
  };

  it.each([
    ['zeros where a block begins', overwritten(lost, 0, 0, 0, 0)],
    ['a block that is larger than what is left', overwritten(lost, 0xa3, 0x1f, 0xff, 0xff, 0xf0)],
    ['an unknown element that nothing known follows', overwritten(lost, 0xa9, 0x83)],
    ['a block of unknown size', overwritten(lost, 0xa3, 0xff)],
  ])('%s: goes on at the next cluster', async (_, damaged) => {
    for (const blockBytes of [undefined, 7]) {
      const scan = await scanned(damaged, blockBytes);
      expect(places(scan.frames)).toEqual(intact);
      expect(startBytes(scan.packets)).toEqual(clusterBytes);
      expect(scan.summary.warnings).toEqual([
        { code: 'damaged_packets', message: expect.stringContaining(`1 place at byte ${lost}, second 0.140;`) },
      ]);
    }
  });

  it('bytes that are missing', async () => {
    const scan = await scanned(concat(bytes.subarray(0, lost + 10), bytes.subarray(lost + 20)));
    expect(scan.frames.length).toBeGreaterThanOrEqual(17);
    expect(scan.frames.slice(-10).map(({ startByte }) => startByte + 10)).toEqual(
      frames.slice(-10).map(([startByte]) => startByte),
    );
    expect(codesOf(scan)).toEqual(file === live ? ['damaged_packets'] : ['damaged_packets', 'truncated']);
  });

  it('bytes too many, in which something looks like a cluster', async () => {
    const junk = Uint8Array.of(0, 0, 0x1f, 0x43, 0xb6, 0x75, 0x84, 0x11, 0x22, 0x33, 0x1f, 0x1f, 0x43);
    const scan = await scanned(concat(bytes.subarray(0, lost), junk, bytes.subarray(lost)), 3);
    expect(scan.frames.map(({ samples }) => samples)).toEqual(new Array(17).fill(960));
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it.each([
    ['inside a block', (blocks[12]?.startByte ?? 0) + 9, 12],
    ['inside the head of an element', (blocks[12]?.startByte ?? 0) + 1, 12],
    ['inside the head of a cluster', (clusterBytes[2] ?? 0) + 3, 10],
  ])('cut %s: what is whole is there', async (_, cutByte, whole) => {
    const scan = await scanned(bytes.slice(0, cutByte), 11);
    expect(places(scan.frames)).toEqual(frames.slice(0, whole));
    expect(scan.summary.audioEndByte).toBe(blocks[whole - 1]?.endByte);
    const second = (whole * 0.02).toFixed(3);
    expect(scan.summary.warnings).toEqual([
      { code: 'truncated', message: expect.stringMatching(`ends at byte ${cutByte}.* up to second ${second};`) },
    ]);
  });

  it('followed by another stream: the timeline ends where that begins', async () => {
    const scan = await scanned(concat(bytes, bytes));
    expect(places(scan.frames)).toEqual(frames);
    expect(scan.summary.warnings).toEqual([
      { code: 'later_stream', message: expect.stringContaining(`begins at byte ${bytes.length};`) },
    ]);
  });
});

describe('where a file of known size ends', () => {
  const { bytes, marks } = matroskaFile({ clusters });

  it('cut between two blocks, it is cut all the same', async () => {
    const cutByte = marked(marks, 'block')[12]?.startByte ?? 0;
    const scan = await scanned(bytes.slice(0, cutByte));
    expect(scan.frames.length).toBe(12);
    expect(codesOf(scan)).toEqual(['truncated']);
  });

  it('what follows the Segment is not played', async () => {
    const scan = await scanned(
      concat(
        bytes,
        Uint8Array.from('TAG and more', (letter) => letter.charCodeAt(0)),
      ),
    );
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(codesOf(scan)).toEqual(['junk_skipped']);
  });

  it('live, it ends where it ends', async () => {
    const recording = matroskaFile(live);
    const cutByte = marked(recording.marks, 'block')[12]?.startByte ?? 0;
    const scan = await scanned(recording.bytes.slice(0, cutByte));
    expect(scan.frames.length).toBe(12);
    expect(codesOf(scan)).toEqual([]);
  });
});

describe('sizes that are wrong', () => {
  it('a cluster that ends too early is left at its end', async () => {
    const short = clusters.map((cluster, i) => (i === 1 ? { ...cluster, size: 60 } : cluster));
    const { bytes, marks } = matroskaFile({ clusters: short });
    const scan = await scanned(bytes);
    expect(startBytes(scan.packets)).toEqual(startBytes(marked(marks, 'cluster')));
    expect(scan.frames.length).toBe(3 * BLOCKS + 1);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('a cluster that ends too late is ended by the next one', async () => {
    const long = clusters.map((cluster, i) => (i === 1 ? { ...cluster, size: 300 } : cluster));
    const { bytes, marks } = matroskaFile({ clusters: long });
    const scan = await scanned(bytes);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(codesOf(scan)).toEqual([]);
  });

  it('a block said to be ours that is larger than any', async () => {
    const huge = { frames: [opusFrame(1_100_000)] };
    const scan = await scanned(matroskaFile({ clusters: [clusters[0] ?? huge, { blocks: [huge] }] } as TestFile).bytes);
    expect(scan.frames.length).toBe(BLOCKS);
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('elements between the tracks and the clusters that go astray', async () => {
    const { bytes, marks } = matroskaFile({
      clusters,
      beforeClusters: [new Uint8Array(50), binary(0x4dab, new Uint8Array(5))],
    });
    const scan = await scanned(bytes);
    expect(places(scan.frames)).toEqual(places(marked(marks, 'frame')));
    expect(codesOf(scan)).toEqual(['damaged_packets']);
  });

  it('a timestamp of nine bytes', async () => {
    const first = [binary(0xe7, new Uint8Array(9))];
    const odd = clusters.map((cluster, i) => (i === 1 ? { ...cluster, first } : cluster));
    const scan = await scanned(matroskaFile({ clusters: odd }).bytes);
    expect(scan.frames.length).toBe((CLUSTERS - 1) * BLOCKS);
  });
});

it('an encrypted block among others is damage', async () => {
  const frames = [opusFrame()];
  const { bytes } = matroskaFile({ clusters: [{ blocks: [{ frames }, { frames, encrypted: true }, { frames }] }] });
  expect(codesOf(await scanned(bytes))).toEqual(['damaged_packets']);
});

it('every prefix of a file is served, or refused in words', async () => {
  const { bytes } = matroskaFile({ clusters });
  for (let end = 40; end < bytes.length; end += 3) {
    const scan = await failure(bytes.slice(0, end));
    if (scan !== 'no failure') expect(scan).toMatchObject({ name: 'CuepointError' });
  }
});
