import fc from 'fast-check';
import { CuepointError } from '../../../../lambdas/core/errors.ts';
import {
  apeTag,
  ascii,
  concatBytes,
  id3v1Tag,
  id3v2Tag,
  infoFrame,
  junk,
  MpegStream,
  mpegFrame,
} from '../../../support/mpeg-stream.ts';
import { type ScannedMpeg, scannedOrNull } from './scanned.ts';

/** Null for what is not recognised or is refused in words; any other failure fails the test. */
async function survive(bytes: Uint8Array, blockBytes?: number): Promise<ScannedMpeg | null> {
  try {
    return await scannedOrNull(bytes, blockBytes);
  } catch (error) {
    if (error instanceof CuepointError) return null;
    throw error;
  }
}

function expectSound({ packets, summary, reads, format }: ScannedMpeg, bytes: Uint8Array, blockBytes: number): void {
  const { audioStartByte, audioEndByte, totalSamples, leadInSamples, warnings } = summary;
  expect(packets[0]?.startByte ?? audioStartByte).toBeGreaterThanOrEqual(audioStartByte);
  expect(audioEndByte).toBeLessThanOrEqual(bytes.length);
  let before = -1;
  let decodedSamples = 0;
  packets.forEach(({ startByte, samples, prerollPackets }, index) => {
    if (startByte <= before || startByte >= audioEndByte) throw new Error(`packet ${index} at ${startByte} is astray`);
    if (prerollPackets > index) throw new Error(`packet ${index} needs ${prerollPackets} before it`);
    before = startByte;
    decodedSamples += samples;
  });
  expect(totalSamples).toBeGreaterThan(0);
  expect(leadInSamples + totalSamples).toBeLessThanOrEqual(decodedSamples);
  expect(new Set(warnings.map(({ code }) => code)).size).toBe(warnings.length);
  expect(reads).toBeLessThan(80 + (2 * bytes.length) / blockBytes);
  expect(format.sampleRate).toBeGreaterThanOrEqual(8000);
}

const BLOCK_BYTES = [1024, 2000, 3072];

function whole(): Uint8Array {
  const stream = new MpegStream().add(id3v2Tag(40), infoFrame({ frames: 40, writer: 'LAME', delaySamples: 576 }));
  for (let i = 0; i < 40; i++) stream.frame({ padded: i % 2 === 0, mainDataBegin: (i * 37) % 400 });
  return stream.add(apeTag(60), id3v1Tag()).bytes();
}

describe('hostile bytes', () => {
  it('mutated streams: packets stay in order and in place, and do not depend on blocks', async () => {
    const bytes = whole();
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(
        id3v2Tag(30),
        id3v1Tag(),
        apeTag(10),
        ascii('LYRICSBEGIN'),
        mpegFrame(),
        mpegFrame({ sampleRate: 48_000 }),
      ),
    );
    const mutation = fc.record({ at: fc.nat(bytes.length), drop: fc.nat(600), piece });
    let served = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (mutations) => {
        let mutated: Uint8Array = bytes;
        for (const { at, drop, piece: inserted } of mutations) {
          mutated = concatBytes(mutated.subarray(0, at), inserted, mutated.subarray(at + drop));
        }
        const results = [];
        for (const blockBytes of BLOCK_BYTES) {
          const result = await survive(mutated, blockBytes);
          if (result !== null) expectSound(result, mutated, blockBytes);
          results.push(result === null ? null : { packets: result.packets, summary: result.summary });
        }
        expect(results[1]).toEqual(results[0]);
        expect(results[2]).toEqual(results[0]);
        if (results[0] !== null) served++;
      }),
      { numRuns: 150 },
    );
    expect(served).toBeGreaterThan(75);
  });

  it('bytes made of headers, tags and noise: nothing but a result or a reason', async () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(
        ...[Uint8Array.of(0xff), Uint8Array.of(0xff, 0xfb, 0x90, 0x64), ascii('ID3\x04\0\0\0\0\x07\x7f'), ascii('TAG')],
        ...[ascii('APETAGEX'), mpegFrame(), mpegFrame({ layer: 1 }), mpegFrame({ kbps: 0 }, 300), new Uint8Array(200)],
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 60 }), async (parts) => {
        const bytes = concatBytes(...parts);
        const result = await survive(bytes, 1024);
        if (result !== null) expectSound(result, bytes, 1024);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['lone sync bytes', Uint8Array.of(0xff)],
    ['lone headers', Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0)],
    ['noise', junk(100_000)],
    ['empty tags', id3v2Tag(0)],
    ['single frames in noise', concatBytes(mpegFrame(), junk(83))],
  ])('%s behind a stream take linear time', async (_name, pattern) => {
    const bytes = new Uint8Array(8_000_000);
    for (let at = 0; at + pattern.length <= bytes.length; at += pattern.length) bytes.set(pattern, at);
    bytes.set(new MpegStream().frame({}, 20).bytes());
    // Tens of milliseconds when linear, hours, and so the time limit of a test, when quadratic.
    expect(await survive(bytes)).not.toBeNull();
  });
});
