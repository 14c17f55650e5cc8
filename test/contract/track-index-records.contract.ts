import fc from 'fast-check';
import type { TrackIndex } from '../../lambdas/core/ports.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import { publishedRevision, trackRecord } from '../support/track-record.ts';

const failed: TrackRecord['ingest'] = {
  revision: 'r2',
  sourceVersion: 'v2',
  byteLength: 12,
  lastModifiedMs: 1_700_000_000_123,
  startedAtMs: 1_700_000_000_456,
  progress: { bytesDone: 5, bytesTotal: 12, chunksDone: 0 },
  failure: { code: 'no_audio', message: 'no frame was found; is this an MP3 file?' },
};

const directory = Array.from({ length: 500 }, (_, page) => ({
  firstNumber: page * 700,
  firstByte: page * 2 ** 30 + 1,
  firstSample: page * 2 ** 33 + 1,
}));

/** Without members at all, where others would have them. */
const bare: TrackRecord = { trackId: 'bare', path: 'bare.mp3', version: 1, sequencer: '', retired: [] };

const shapes: [name: string, record: TrackRecord][] = [
  ['published', trackRecord()],
  ['without init bytes', trackRecord({ published: publishedRevision({ init: new Uint8Array(0), warnings: [] }) })],
  ['with init bytes from a larger buffer', trackRecord({ published: publishedRevision({ init: windowOf(50) }) })],
  ['with much of everything', trackRecord({ published: publishedRevision({ init: windowOf(9_000), directory }) })],
  ['failed', { ...bare, ingest: failed }],
  ['published, and failed since', trackRecord({ ingest: failed })],
  ['deleted', { ...bare, deletedAtMs: 1_700_000_000_789 }],
  ['with retired revisions', trackRecord({ retired: [{ revision: 'r0', retiredAtMs: 1 }] })],
  ['of a path with everything in it', trackRecord({ path: `Ünï 日本/\u{1f3b5}%2F?#&+=~'"/${'x'.repeat(900)}.flac` })],
  ['of the longest path', trackRecord({ path: `${`${'é'.repeat(63)}/`.repeat(8)}12345678` })],
  ['bare', bare],
];

function windowOf(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength + 20).map((_, index) => index).subarray(7, 7 + byteLength);
}

/** Counts the writes of one track up by compare-and-set, giving way to whoever was first. */
async function increment(index: TrackIndex, trackId: string): Promise<void> {
  for (;;) {
    const stored = await index.get(trackId);
    const next = trackRecord({ ...stored, trackId, version: (stored?.version ?? 0) + 1 });
    if (await index.put(next)) return;
  }
}

export function recordsContract(index: () => TrackIndex): void {
  describe('records', () => {
    it('knows nothing of tracks that were never put', async () => {
      await expect(index().get('absent')).resolves.toBeUndefined();
      await expect(index().remove('absent', 1)).resolves.toBe(false);
    });

    it.each(shapes)('gives back a record %s', async (_name, record) => {
      await expect(index().put(record)).resolves.toBe(true);
      const stored = await index().get(record.trackId);
      // Strict: no member may turn up as undefined, no bytes as another class.
      expect(stored).toStrictEqual(record);
      expect(Object.keys(stored ?? {}).sort()).toEqual(Object.keys(record).sort());
      const listed = await index().list({ folder: '', limit: 10, includeDeleted: true });
      expect(listed.records).toStrictEqual([record]);
    });

    it('gives back whatever numbers and texts a record holds', async () => {
      let version = 0;
      const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
      const members = fc.record({ totalSamples: whole, byteLength: whole, init: fc.uint8Array({ maxLength: 40 }) });
      await fc.assert(
        fc.asyncProperty(members, fc.string({ unit: 'grapheme' }), async (numbers, message) => {
          version++;
          const published = publishedRevision({ ...numbers, warnings: [{ code: 'w', message }] });
          await index().put(trackRecord({ version, published }));
          expect((await index().get('track-1'))?.published).toStrictEqual(published);
        }),
        { numRuns: 50 },
      );
    });

    it('does not share what it stored with the caller', async () => {
      const init = Uint8Array.of(1, 2, 3);
      await index().put(trackRecord({ published: publishedRevision({ init }) }));
      init.fill(9);
      const first = await index().get('track-1');
      expect(first?.published?.init).toEqual(Uint8Array.of(1, 2, 3));
      first?.published?.init.fill(8);
      expect((await index().get('track-1'))?.published?.init).toEqual(Uint8Array.of(1, 2, 3));
    });
  });

  describe('compare and set', () => {
    it('creates only what is not there', async () => {
      await expect(index().put(trackRecord({ sequencer: 'first' }))).resolves.toBe(true);
      await expect(index().put(trackRecord({ sequencer: 'second' }))).resolves.toBe(false);
      expect((await index().get('track-1'))?.sequencer).toBe('first');
    });

    it.each([2, 3])('does not create a record at version %i', async (version) => {
      await expect(index().put(trackRecord({ version }))).resolves.toBe(false);
      await expect(index().get('track-1')).resolves.toBeUndefined();
      expect((await index().list({ folder: '', limit: 10 })).records).toEqual([]);
    });

    const onVersionTwo: [version: number, accepted: boolean][] = [
      [1, false],
      [2, false],
      [3, true],
      [4, false],
    ];
    it.each(onVersionTwo)('on version 2, a put of version %i: %s', async (version, accepted) => {
      await index().put(trackRecord({ version: 1 }));
      await index().put(trackRecord({ version: 2 }));
      await expect(index().put(trackRecord({ version, sequencer: 'new' }))).resolves.toBe(accepted);
      expect((await index().get('track-1'))?.version).toBe(accepted ? version : 2);
    });

    it('lets exactly one of ten win each version', async () => {
      for (let version = 1; version <= 10; version++) {
        const writers = Array.from({ length: 10 }, (_, writer) => `writer ${writer} of ${version}`);
        const won = await Promise.all(writers.map((sequencer) => index().put(trackRecord({ version, sequencer }))));
        expect(won.filter((accepted) => accepted)).toHaveLength(1);
        expect((await index().get('track-1'))?.sequencer).toBe(writers[won.indexOf(true)]);
      }
    });

    it('loses no update of writers that try again', async () => {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let time = 0; time < 5; time++) await increment(index(), 'counted');
        }),
      );
      expect((await index().get('counted'))?.version).toBe(40);
    });

    it('removes the version it is given and no other', async () => {
      await index().put(trackRecord());
      await expect(index().remove('track-1', 2)).resolves.toBe(false);
      await expect(index().remove('track-1', 0)).resolves.toBe(false);
      expect(await index().get('track-1')).toBeDefined();
      await expect(index().remove('track-1', 1)).resolves.toBe(true);
      await expect(index().get('track-1')).resolves.toBeUndefined();
      await expect(index().remove('track-1', 1)).resolves.toBe(false);
      expect((await index().list({ folder: '', limit: 10, includeDeleted: true })).records).toEqual([]);
    });

    it('starts from version 1 again after a removal', async () => {
      await index().put(trackRecord());
      await index().put(trackRecord({ version: 2 }));
      await index().remove('track-1', 2);
      await expect(index().put(trackRecord({ version: 3 }))).resolves.toBe(false);
      await expect(index().put(trackRecord({ version: 1 }))).resolves.toBe(true);
    });
  });
}
