import fc from 'fast-check';
import { wav } from '../../../../lambdas/core/formats/wav/wav.ts';
import { type WavFormat, wavHeader } from '../../../../lambdas/core/formats/wav/wav-header.ts';
import { MemorySource } from '../../../support/memory-source.ts';

const cd: WavFormat = { sampleRate: 44100, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 };

const WIDTHS: Readonly<Record<string, number>> = {
  pcm_u8: 8,
  pcm_s16le: 16,
  pcm_s24le: 24,
  pcm_s32le: 32,
  pcm_f32le: 32,
  pcm_f64le: 64,
  pcm_alaw: 8,
  pcm_mulaw: 8,
};

const formats: fc.Arbitrary<WavFormat> = fc
  .record({
    codec: fc.constantFrom(...Object.keys(WIDTHS)),
    channels: fc.integer({ min: 1, max: 12 }),
    sampleRate: fc.integer({ min: 1, max: 768_000 }),
    channelMask: fc.nat(0x3ffff),
  })
  .map((format) => ({ ...format, bitsPerSample: WIDTHS[format.codec] ?? 0 }));

function chunkIds(header: Uint8Array): string[] {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const ids: string[] = [];
  for (let at = 12; at + 8 <= header.length; at += 8 + view.getUint32(at + 4, true)) {
    ids.push(String.fromCharCode(...header.subarray(at, at + 4)));
    if (ids.at(-1) === 'data') break;
  }
  return ids;
}

const formatTag = (header: Uint8Array): number => (header[20] ?? 0) | ((header[21] ?? 0) << 8);

describe('wavHeader', () => {
  it('is the classic 44 bytes for CD audio', () => {
    const header = wavHeader(cd, 176_400);
    const view = new DataView(header.buffer);
    expect(header.length).toBe(44);
    expect(view.getUint32(4, true)).toBe(36 + 176_400);
    expect(view.getUint32(28, true)).toBe(176_400);
    expect(view.getUint32(40, true)).toBe(176_400);
    expect(chunkIds(header)).toEqual(['fmt ', 'data']);
  });

  it('is read back as what it was made of', async () => {
    await fc.assert(
      fc.asyncProperty(formats, fc.integer({ min: 1, max: 50 }), async (format, blocks) => {
        const dataByteLength = (blocks * format.channels * format.bitsPerSample) / 8;
        for (const length of [dataByteLength, 'unknown'] as const) {
          const header = wavHeader(format, length);
          const file = new Uint8Array(header.length + dataByteLength);
          file.set(header);
          const scan = await wav.open(new MemorySource(file));
          const { channelMask: _, ...expected } = format;
          expect(scan?.format).toMatchObject(expected);
          expect((await scan?.packets().next())?.value).toMatchObject({ startByte: header.length, count: blocks });
        }
      }),
    );
  });

  it.each<[string, Partial<WavFormat>, number]>([
    ['mono', { channels: 1 }, 1],
    ['stereo', {}, 1],
    ['stereo that says so', { channelMask: 3 }, 1],
    ['8 bits', { codec: 'pcm_u8', bitsPerSample: 8 }, 1],
    ['float stereo', { codec: 'pcm_f32le', bitsPerSample: 32 }, 3],
    ['A-law', { codec: 'pcm_alaw', bitsPerSample: 8 }, 6],
    ['µ-law', { codec: 'pcm_mulaw', bitsPerSample: 8 }, 7],
    ['three channels', { channels: 3 }, 0xfffe],
    ['24 bits', { codec: 'pcm_s24le', bitsPerSample: 24 }, 0xfffe],
    ['two channels that are not left and right', { channelMask: 0x600 }, 0xfffe],
    ['six floats', { codec: 'pcm_f32le', bitsPerSample: 32, channels: 6 }, 0xfffe],
  ])('%s has format tag %#2', (_, options, tag) => {
    expect(formatTag(wavHeader({ ...cd, ...options }, 0))).toBe(tag);
  });

  it('keeps the speakers and the sub-format in the extension', () => {
    const header = wavHeader({ ...cd, codec: 'pcm_f32le', bitsPerSample: 32, channels: 6, channelMask: 0x3f }, 0);
    const view = new DataView(header.buffer);
    expect(view.getUint16(36, true)).toBe(22);
    expect(view.getUint16(38, true)).toBe(32);
    expect(view.getUint32(40, true)).toBe(0x3f);
    expect(view.getUint16(44, true)).toBe(3);
  });

  it('counts samples in a fact chunk for all but integer PCM', () => {
    const header = wavHeader({ ...cd, codec: 'pcm_f32le', bitsPerSample: 32 }, 8 * 1000);
    expect(chunkIds(header)).toEqual(['fmt ', 'fact', 'data']);
    expect(new DataView(header.buffer).getUint32(20 + 18 + 8, true)).toBe(1000);
    expect(chunkIds(wavHeader(cd, 8))).toEqual(['fmt ', 'data']);
  });

  it('turns into RF64 at the byte that 32 bits do not hold', () => {
    const largest = 0xffffffff - 36 - 3;
    expect(largest % 4).toBe(0);
    expect(String.fromCharCode(...wavHeader(cd, largest - 4).subarray(0, 4))).toBe('RIFF');
    const header = wavHeader(cd, largest + 4);
    const view = new DataView(header.buffer);
    expect(String.fromCharCode(...header.subarray(0, 4))).toBe('RF64');
    expect(chunkIds(header)).toEqual(['ds64', 'fmt ', 'data']);
    expect(view.getBigUint64(20, true)).toBe(BigInt(header.length - 8 + largest + 4));
    expect(view.getBigUint64(28, true)).toBe(BigInt(largest + 4));
    expect(view.getBigUint64(36, true)).toBe(BigInt((largest + 4) / 4));
    expect(view.getUint32(header.length - 4, true)).toBe(0xffffffff);
  });

  it('says nothing of a length that is not known', () => {
    const view = new DataView(wavHeader(cd, 'unknown').buffer);
    expect([view.getUint32(4, true), view.getUint32(40, true)]).toEqual([0xffffffff, 0xffffffff]);
  });

  it.each<[string, Partial<WavFormat>, number]>([
    ['half a block', {}, 6],
    ['a negative length', {}, -4],
    ['a codec that is not PCM', { codec: 'mp3' }, 4],
  ])('refuses %s', (_, options, dataByteLength) => {
    expect(() => wavHeader({ ...cd, ...options }, dataByteLength)).toThrow(RangeError);
  });
});
