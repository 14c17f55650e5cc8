import { walkMetadata } from '../../../../lambdas/core/formats/flac/metadata.ts';
import { flacInit, parseStreamInfo } from '../../../../lambdas/core/formats/flac/stream-info.ts';
import type { ByteSource } from '../../../../lambdas/core/ports.ts';
import { concat, flacStream } from '../../../support/flac-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';

/** Pieces at their places, zeros between; counts what is read. */
class SparseSource implements ByteSource {
  readonly byteLength: number;
  readonly #pieces: readonly { readonly startByte: number; readonly bytes: Uint8Array }[];
  bytesRead = 0;

  constructor(byteLength: number, pieces: readonly { readonly startByte: number; readonly bytes: Uint8Array }[]) {
    this.byteLength = byteLength;
    this.#pieces = pieces;
  }

  async read(startByte: number, target: Uint8Array): Promise<void> {
    this.bytesRead += target.length;
    for (const { startByte: pieceStart, bytes } of this.#pieces) {
      for (let i = 0; i < bytes.length; i++) {
        const at = pieceStart + i - startByte;
        if (at >= 0 && at < target.length) target[at] = bytes[i] ?? 0;
      }
    }
  }
}

describe('walkMetadata', () => {
  it('finds STREAMINFO and the first frame behind other blocks', async () => {
    const metadata = [
      { type: 4, body: new Uint8Array(77) },
      { type: 6, body: new Uint8Array(20_000) },
      { type: 1, body: new Uint8Array(0) },
    ];
    const stream = flacStream({ blocks: [4096, 100], metadata, coding: 'constant' });
    const found = await walkMetadata(new MemorySource(stream.bytes), 4);
    expect(found.audioStartByte).toBe(stream.audioStartByte);
    expect(found.streamInfo).toMatchObject({ sampleRate: 44100, channels: 2, bitsPerSample: 16, totalSamples: 4196 });
    expect(found.broken).toBe(false);
  });

  it('steps over 300 MB of pictures for the price of a small read each', async () => {
    const stream = flacStream({ blocks: [4096], metadata: [{ type: 1, body: new Uint8Array(0) }] });
    const streamInfo = stream.bytes.slice(0, 42);
    const pictureBytes = 0xfffff0;
    const headers = Array.from({ length: 18 }, (_, i) => ({
      startByte: 42 + i * (pictureBytes + 4),
      bytes: Uint8Array.of(i === 17 ? 0x86 : 6, 0xff, 0xff, 0xf0),
    }));
    const audioStartByte = 42 + 18 * (pictureBytes + 4);
    const source = new SparseSource(audioStartByte + 100, [{ startByte: 0, bytes: streamInfo }, ...headers]);
    const found = await walkMetadata(source, 4);
    expect(found).toMatchObject({ audioStartByte, broken: false });
    expect(source.bytesRead).toBeLessThan(20 * 4096);
  });

  it.each([
    ['a block that reaches beyond the file', Uint8Array.of(4, 1, 0, 0, 9, 9)],
    ['the forbidden type', Uint8Array.of(0x7f, 0, 0, 0)],
    ['nothing where a header should be', new Uint8Array(0)],
  ])('stops before %s', async (_, tail) => {
    const { bytes } = flacStream({ blocks: [4096], metadata: [{ type: 1, body: new Uint8Array(9) }] });
    const intact = bytes.slice(0, 42);
    const found = await walkMetadata(new MemorySource(concat(intact, tail)), 4);
    expect(found).toMatchObject({ audioStartByte: 42, broken: true });
    expect(found.streamInfo?.sampleRate).toBe(44100);
  });
});

describe('flacInit', () => {
  const info = {
    minBlockSamples: 4096,
    maxBlockSamples: 4608,
    minFrameBytes: 14,
    maxFrameBytes: 0x123456,
    sampleRate: 655350,
    channels: 8,
    bitsPerSample: 32,
    totalSamples: 2 ** 35,
  };

  it('is fLaC and STREAMINFO as the last block, and keeps all but the total', () => {
    const init = flacInit(info);
    expect(init.length).toBe(42);
    expect([...init.subarray(0, 8)]).toEqual([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
    expect(parseStreamInfo(init.subarray(8))).toEqual({ ...info, totalSamples: 0 });
  });

  it('has no MD5', () => {
    expect([...flacInit(info).subarray(26)]).toEqual(new Array(16).fill(0));
  });

  it('replaces block sizes that the format forbids', () => {
    const parsed = parseStreamInfo(flacInit({ ...info, minBlockSamples: 0, maxBlockSamples: 0 }).subarray(8));
    expect(parsed).toMatchObject({ minBlockSamples: 16, maxBlockSamples: 65535 });
  });
});
