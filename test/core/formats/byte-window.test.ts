import fc from 'fast-check';
import { ByteWindow, readBytes } from '../../../lambdas/core/formats/byte-window.ts';
import { MemorySource } from '../../support/memory-source.ts';

function sourceOf(byteLength: number): MemorySource {
  return new MemorySource(Uint8Array.from({ length: byteLength }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

function expectToShow(window: ByteWindow, source: MemorySource): void {
  expect(window.endByte - window.startByte).toBe(window.bytes.length);
  expect(window.bytes).toEqual(source.bytes.subarray(window.startByte, window.endByte));
}

describe('ByteWindow', () => {
  it('shows the bytes of the source after any sequence of slides', async () => {
    const slide = fc.oneof(
      { weight: 4, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
      fc.constant(1),
      fc.nat(40),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(600),
        fc.integer({ min: 1, max: 90 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(slide, { maxLength: 60 }),
        async (byteLength, blockBytes, start, slides) => {
          const source = sourceOf(byteLength);
          const window = await ByteWindow.open(source, Math.floor(start * byteLength), blockBytes);
          expectToShow(window, source);
          for (const step of slides) {
            const { startByte, endByte, atEnd } = window;
            // Up to 1: keep a part of the window. Above: jump so many bytes beyond it.
            const keepFrom = step <= 1 ? startByte + Math.floor(step * (endByte - startByte)) : endByte + step;
            await window.advance(keepFrom);
            expect(window.startByte).toBe(Math.min(keepFrom, byteLength));
            expect(window.endByte > endByte || atEnd).toBe(true);
            expectToShow(window, source);
          }
        },
      ),
    );
  });

  it('reads each byte once when packets end a little beyond the window', async () => {
    const source = sourceOf(10_000);
    const window = await ByteWindow.open(source, 0, 1000);
    while (!window.atEnd) await window.advance(window.endByte + 7);
    expect(source.reads).toBe(10);
  });

  it('jumps over what is not wanted without reading it', async () => {
    const source = sourceOf(1_000_000);
    const window = await ByteWindow.open(source, 0, 1000);
    await window.advance(900_000);
    expectToShow(window, source);
    expect(window.startByte).toBe(900_000);
    expect(source.reads).toBeLessThanOrEqual(4);
  });

  it('grows when the scanner keeps more than a block', async () => {
    const source = sourceOf(5000);
    const window = await ByteWindow.open(source, 3, 64);
    while (!window.atEnd) await window.advance(3);
    expect(window.bytes).toEqual(source.bytes.subarray(3));
  });

  it('refuses to go back', async () => {
    const window = await ByteWindow.open(sourceOf(100), 0, 10);
    await window.advance(5);
    await expect(window.advance(4)).rejects.toThrow(RangeError);
  });

  it('is empty over an empty source', async () => {
    const window = await ByteWindow.open(sourceOf(0), 0);
    expect([window.bytes.length, window.atEnd]).toEqual([0, true]);
  });

  it('hands the failure of a read to whoever advances', async () => {
    const source = {
      byteLength: 100,
      read: async (startByte: number) => {
        if (startByte >= 20) throw new Error('gone');
      },
    };
    const window = await ByteWindow.open(source, 0, 20);
    await expect(window.advance(20)).rejects.toThrow('gone');
  });
});

describe('readBytes', () => {
  it.each([
    [0, 4, [0, 31, 62, 93]],
    [98, 4, [sourceOf(100).bytes[98], sourceOf(100).bytes[99]]],
    [100, 4, []],
    [200, 4, []],
  ])('from %i, %i bytes', async (startByte, byteLength, expected) => {
    expect(Array.from(await readBytes(sourceOf(100), startByte, byteLength))).toEqual(expected);
  });
});
