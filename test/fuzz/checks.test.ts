import { join } from 'node:path';
import type { PacketBatch, Packets, Scan, ScanSummary } from '../../lambdas/core/formats/format.ts';
import type { ByteSource } from '../../lambdas/core/ports.ts';
import { type CaseReport, fuzzCase, runCase } from '../support/fuzz-case.ts';
import { examine } from '../support/fuzz-check.ts';
import { MemoryGauge } from '../support/fuzz-memory.ts';
import { runPool } from '../support/fuzz-pool.ts';
import { type Opener, openAny } from '../support/fuzz-scanners.ts';
import { madeSeeds } from '../support/fuzz-seeds.ts';

const BYTES = new Uint8Array(4000).fill(1);
const FORMAT = { container: 'x', codec: 'x', mimeType: 'audio/x', extension: 'x', sampleRate: 8000, channels: 1 };
const SUMMARY: ScanSummary = {
  leadInSamples: 0,
  totalSamples: 300,
  audioStartByte: 0,
  audioEndByte: 4000,
  warnings: [{ code: 'a_code', message: 'some words' }],
};

function packetsAt(...startBytes: readonly number[]): Packets {
  const count = startBytes.length;
  return {
    kind: 'packets',
    count,
    startByte: Float64Array.from(startBytes),
    samples: new Uint32Array(count).fill(100),
    prerollPackets: new Uint16Array(count),
  };
}

type Broken = {
  readonly format?: Partial<Scan['format']>;
  readonly summary?: Partial<ScanSummary>;
  readonly batches?: Iterable<PacketBatch>;
  readonly begin?: (source: ByteSource, blockBytes?: number) => unknown;
};

/** A scanner of three packets that keeps every promise, but for what is given. */
function scanner({ format, summary, batches = [packetsAt(0, 100, 300)], begin }: Broken): Opener {
  return async (source, blockBytes) => {
    await begin?.(source, blockBytes);
    return {
      format: { ...FORMAT, ...format },
      init: new Uint8Array(0),
      async *packets() {
        yield* batches;
        return { ...SUMMARY, ...summary };
      },
    };
  };
}

function* endless(batch: PacketBatch): Generator<PacketBatch> {
  for (;;) yield batch;
}

function run(change: object): PacketBatch {
  return { kind: 'run', startByte: 0, packetByteLength: 4, packetSamples: 1, count: 10, ...change };
}

const thrown = (error: unknown) => (): never => {
  throw error;
};

describe('a scanner that breaks a promise is found out', () => {
  it.each<[string, Broken, RegExp]>([
    ['an exception of the language', { begin: thrown(new TypeError('x is undefined')) }, /TypeError/],
    ['something thrown that is no error', { begin: thrown(7) }, /thrown: 7/],
    ['packets that overlap', { batches: [packetsAt(0, 100), packetsAt(50)] }, /a packet begins at 50/],
    ['a packet behind the end', { batches: [packetsAt(0, 4001)] }, /a packet begins at 4001/],
    ['packets without end', { batches: endless(run({ count: 900 })) }, /more than \d+ packets/],
    ['empty batches without end', { batches: endless(packetsAt()) }, /more than 0 packets/],
    ['a run behind the end', { batches: [run({ count: 2000 })] }, /a run of 2000 packets/],
    ['a run of nothing', { batches: [run({ packetByteLength: 0 })] }, /a run of 10 packets/],
    [
      'more preroll than there is',
      { batches: [{ ...packetsAt(0, 1, 2), prerollPackets: Uint16Array.of(0, 2, 0) }] },
      /packet 1 needs/,
    ],
    ['short columns', { batches: [{ ...packetsAt(0, 9), samples: Uint32Array.of(300) }] }, /columns of packets/],
    ['more samples than decoded', { summary: { totalSamples: 301 } }, /0 \+ 301 samples out of 300/],
    ['less than no samples', { summary: { totalSamples: -1 } }, /-1/],
    ['half a sample', { summary: { totalSamples: 0.5 } }, /a summary of 0, 0.5/],
    ['audio behind the end', { summary: { audioEndByte: 4001 } }, /audio from 0 to 4001/],
    ['no rate', { format: { sampleRate: 0 } }, /a sample rate of 0/],
    ['no channels', { format: { channels: Number.NaN } }, /NaN channels/],
    ['a warning without words', { summary: { warnings: [{ code: 'a', message: '' }] } }, /the message ""/],
    ['a warning of no number', { summary: { warnings: [{ code: 'a', message: 'NaN s' }] } }, /NaN s/],
    ['a warning that is no text', { summary: { warnings: [{ code: 'a', message: 'a\u0085' }] } }, /the message/],
    ['a warning of no code', { summary: { warnings: [{ code: '', message: 'a' }] } }, /a warning of code/],
    ['a read behind the end', { begin: (source) => source.read(4000, new Uint8Array(1)) }, /outside/],
    ['a read behind the end that is ignored', { begin: ignoredRead }, /outside/],
    ['reads without end', { begin: readsWithoutEnd }, /bytes in \d+ reads of 4000 bytes/],
  ])('%s', async (_, broken, expected) => {
    const { outcome, violations } = await examine(BYTES, scanner(broken));
    expect(outcome).toBe('violation');
    expect(violations).toEqual([expect.stringMatching(expected)]);
  });

  it('packets that depend on the blocks', async () => {
    const open: Opener = (source, blockBytes) =>
      scanner(blockBytes === 7 ? { batches: [packetsAt(0, 9, 10)] } : {})(source);
    expect((await examine(BYTES, open, { blockBytes: 7 })).violations).toEqual([
      expect.stringMatching(/^read 7 bytes/),
    ]);
    expect((await examine(BYTES, open, { blockBytes: 8 })).violations).toEqual([]);
  });

  it('another answer to the same question', async () => {
    let turn = 0;
    const open: Opener = (source) => scanner(turn++ > 0 ? { batches: [packetsAt(0, 9, 10, 30)] } : {})(source);
    expect((await examine(BYTES, open)).violations).toEqual([expect.stringMatching(/^a second scan gives/)]);
  });

  it('memory that grows with the file', async () => {
    const held: Uint8Array[] = [];
    const open = scanner({ begin: () => held.push(new Uint8Array(100 << 20)) });
    const { violations } = await examine(BYTES, open, { gauge: new MemoryGauge() });
    expect(violations).toEqual([expect.stringMatching(/bytes more are held/)]);
    expect(held.length).toBeGreaterThan(0);
  });

  it('and one that keeps them all is not', async () => {
    const gauge = new MemoryGauge();
    expect(await examine(BYTES, scanner({}), { blockBytes: 7, gauge })).toEqual({
      outcome: 'accepted',
      violations: [],
    });
  });
});

async function readsWithoutEnd(source: ByteSource): Promise<void> {
  for (;;) await source.read(0, new Uint8Array(4000));
}

async function ignoredRead(source: ByteSource): Promise<void> {
  await source.read(4000, new Uint8Array(1)).catch(() => undefined);
}

describe('a pool', () => {
  it('reports cases that hang or crash, and goes on', async () => {
    const reports: number[] = [];
    const lost: [number, string][] = [];
    await runPool({
      worker: join(__dirname, '../support/child/failing-fuzz-worker.ts'),
      processes: 2,
      run: 1,
      first: 0,
      end: 10,
      hangMs: 5000,
      onReport: ({ number }) => reports.push(number),
      onLost: (number, reason) => lost.push([number, reason]),
    });
    expect(reports.sort()).toEqual([0, 1, 2, 4, 5, 7, 8, 9]);
    expect(lost.sort()).toEqual([
      [3, expect.stringMatching(/no end after 5000 ms/)],
      [6, expect.stringMatching(/the process ended \(1\): .*a crash/s)],
    ]);
  });
});

describe('cases', () => {
  const seeds = madeSeeds();

  it('are the same for the same numbers, and others for others', async () => {
    const reportOf = async (run: number, number: number): Promise<Partial<CaseReport>> => {
      const { cpuMs: _, ...report } = await runCase(fuzzCase(seeds, run, number));
      return report;
    };
    for (const number of [0, 77, 1234]) {
      expect(fuzzCase(seeds, 5, number)).toEqual(fuzzCase(seeds, 5, number));
      expect(await reportOf(5, number)).toEqual(await reportOf(5, number));
      expect(fuzzCase(seeds, 5, number).bytes).not.toEqual(fuzzCase(seeds, 6, number).bytes);
    }
  });

  it.each(madeSeeds().map(({ name, bytes }) => [name, bytes] as const))(
    '%s: a seed without fault',
    async (_, bytes) => {
      const { violations } = await examine(bytes, openAny, { blockBytes: 13 });
      expect(violations).toEqual([]);
    },
  );
});
