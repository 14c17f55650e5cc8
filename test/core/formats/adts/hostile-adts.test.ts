import fc from 'fast-check';
import { CuepointError } from '../../../../lambdas/core/errors.ts';
import { openAdts } from '../../../../lambdas/core/formats/adts/adts.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { type AdtsFrameSpec, adtsFrame, programConfigBlock } from '../../../support/adts-stream.ts';
import { apeTag, concatBytes, id3v1Tag, id3v2Tag, junk } from '../../../support/mpeg-stream.ts';
import { type ScannedAdts, scannedOrNull } from './scanned.ts';

/** Null for what is not recognised or is refused in words; any other failure fails the test. */
async function survive(bytes: Uint8Array, blockBytes?: number): Promise<ScannedAdts | null> {
  try {
    return await scannedOrNull(bytes, blockBytes);
  } catch (error) {
    if (error instanceof CuepointError) return null;
    throw error;
  }
}

const spec: fc.Arbitrary<AdtsFrameSpec> = fc.record(
  {
    crc: fc.boolean(),
    rawBlocks: fc.integer({ min: 1, max: 4 }),
    payloadBytes: fc.integer({ min: 0, max: 90 }),
    sampleRate: fc.constantFrom(44_100, 44_100, 44_100, 48_000),
    statedByteLength: fc.oneof({ weight: 9, arbitrary: fc.constant(100) }, fc.nat(300)),
  },
  { requiredKeys: [] },
);

const piece: fc.Arbitrary<Uint8Array> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .integer({ min: 1, max: 6 })
      .map((count) => concatBytes(...Array.from({ length: count }, () => adtsFrame()))),
  },
  { weight: 3, arbitrary: spec.map(adtsFrame) },
  fc.nat(150).map(junk),
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(60).map((length) => new Uint8Array(length)),
  fc.constantFrom(id3v2Tag(20), id3v1Tag(), apeTag(10), adtsFrame().subarray(0, 30)),
);

const stream = fc
  .array(piece, { minLength: 1, maxLength: 12 })
  .map((pieces) => concatBytes(adtsFrame(), adtsFrame(), adtsFrame(), ...pieces));

it('whatever comes between frames, packets stay in place and do not depend on blocks', async () => {
  await fc.assert(
    fc.asyncProperty(stream, fc.integer({ min: 1, max: 99 }), async (bytes, blockBytes) => {
      const whole = await survive(bytes);
      const pieces = await survive(bytes, blockBytes);
      expect(pieces === null).toBe(whole === null);
      expect({ ...pieces, reads: 0 }).toEqual({ ...whole, reads: 0 });
    }),
    { numRuns: 60 },
  );
});

it('damaged bytes do no harm', async () => {
  const first = adtsFrame({ channelConfiguration: 0, payload: programConfigBlock({ front: [true], comment: 'abc' }) });
  const rest = Array.from({ length: 12 }, () => adtsFrame({ channelConfiguration: 0 }));
  const bytes = concatBytes(id3v2Tag(10), first, ...rest, id3v1Tag());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 12 }),
      fc.nat(bytes.length),
      async (changes, byteLength) => {
        const damaged = bytes.slice(0, byteLength);
        for (const [at, value] of changes) if (at < byteLength) damaged[at] = value;
        const result = await survive(damaged, 50);
        expect(result?.packets.length ?? 0).toBeLessThanOrEqual(14);
      },
    ),
    { numRuns: 150 },
  );
});

it('headers everywhere: the time is linear, and each byte is read about once', async () => {
  const header = adtsFrame({ payloadBytes: 0, statedByteLength: 9 });
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) =>
    index < 300 ? (adtsFrame({ payloadBytes: 93 })[index % 100] ?? 0) : (header[(index * 5) % 7] ?? 0),
  );
  const result = await survive(bytes, 65_536);
  expect(result?.packets.length).toBe(3);
  expect(result?.reads).toBeLessThan(70);
});

it('hundreds of megabytes of nothing behind audio are walked in blocks', async () => {
  const audio = concatBytes(...Array.from({ length: 10 }, () => adtsFrame()));
  const lengths = new Set<number>();
  const source: ByteSource = {
    byteLength: 200 * 2 ** 20,
    async read(startByte, target) {
      lengths.add(target.length);
      target.fill(0);
      if (startByte < audio.length) target.set(audio.subarray(startByte, startByte + target.length));
    },
  };
  const batches = (await openAdts(source))?.packets();
  expect((await batches?.next())?.value).toMatchObject({ count: 10 });
  expect((await batches?.next())?.value).toMatchObject({ totalSamples: 10 * 1024 });
  expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 21);
});
