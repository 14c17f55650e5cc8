import fc from 'fast-check';
import { ByteWindow } from '../../../lambdas/core/formats/byte-window.ts';
import { openScan } from '../../../lambdas/core/formats/detect.ts';
import { readOnce, sourceBody } from '../../../lambdas/core/track/source-bytes.ts';
import { noise, wavFile } from '../../support/audio-fixtures.ts';
import { collectBytes } from '../../support/embedded-fixture.ts';
import { MemorySource } from '../../support/memory-source.ts';

const BLOCK_BYTES = 1 << 20;
const SMALL_BYTES = 128 << 10;

describe('a source of which each read is a request', () => {
  it('gives the bytes that it has, in whatever order they are asked for', async () => {
    const bytes = noise(5 * SMALL_BYTES + 77);
    const place = fc.nat(bytes.length - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(2 * SMALL_BYTES)), { minLength: 1 }), async (reads) => {
        const source = readOnce(new MemorySource(bytes), BLOCK_BYTES);
        for (const [startByte, length] of reads) {
          const target = new Uint8Array(Math.min(length, bytes.length - startByte));
          await source.read(startByte, target);
          expect(Buffer.from(target).equals(bytes.subarray(startByte, startByte + target.length))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is asked once for what is read piece by piece, forwards or backwards', async () => {
    const memory = new MemorySource(noise(SMALL_BYTES * 3));
    const source = readOnce(memory, BLOCK_BYTES);
    for (let i = 0; i < 500; i++) await source.read(i * 100, new Uint8Array(100));
    for (let i = 1; i < 500; i++) await source.read(memory.byteLength - i * 100, new Uint8Array(100));
    expect(memory.reads).toBe(2);
    // Negative control: told nothing, it reads what it is asked for.
    const plain = new MemorySource(memory.bytes);
    for (let i = 0; i < 500; i++) await readOnce(plain).read(i * 100, new Uint8Array(100));
    expect(plain.reads).toBe(500);
  });

  it('is scanned and copied in as many reads as it has blocks, and one for its head', async () => {
    const memory = new MemorySource(wavFile(300, { sampleRate: 44_100 }));
    const source = readOnce(memory, BLOCK_BYTES);
    const scan = await openScan(source);
    for await (const _ of scan.packets());
    expect(memory.reads).toBe(1);
    const window = await ByteWindow.open(source, 0);
    let copied = 0;
    while (!window.atEnd) {
      // As ingesting does: what the window has passed is copied while it is remembered.
      const body = sourceBody(source, copied, window.endByte);
      expect((await collectBytes(body.parts as AsyncIterable<Uint8Array>)).length).toBe(window.endByte - copied);
      copied = window.endByte;
      await window.advance(window.endByte);
    }
    expect(memory.reads).toBe(1 + Math.ceil(memory.byteLength / BLOCK_BYTES));
  });
});
