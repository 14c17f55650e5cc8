import {
  channelCount,
  crcBytes,
  frameByteLength,
  frameKind,
  headerAt,
  MAX_FRAME_BYTES,
  sideInfoBytes,
} from '../../../../lambdas/core/formats/mpeg/frame-header.ts';
import { bitrateTable, frameBytes, frameSamples, mpegFrame, sampleRateTable } from '../../../support/mpeg-stream.ts';

const VERSIONS = [1, 2, 2.5] as const;
const LAYERS = [1, 2, 3] as const;

describe('frame headers', () => {
  it.each([
    ['ff fb 90 64', 1, 3, 44_100, 417, 1152, 2],
    ['ff fb 92 64', 1, 3, 44_100, 418, 1152, 2],
    ['ff fb e4 c0', 1, 3, 48_000, 960, 1152, 1],
    ['ff fb 14 00', 1, 3, 48_000, 96, 1152, 2],
    ['ff f3 80 c0', 2, 3, 22_050, 208, 576, 1],
    ['ff f3 14 00', 2, 3, 24_000, 24, 576, 2],
    ['ff e3 18 c0', 2.5, 3, 8000, 72, 576, 1],
    ['ff fd e0 00', 1, 2, 44_100, 1253, 1152, 2],
    ['ff f5 e8 00', 2, 2, 16_000, 1440, 1152, 2],
    ['ff e5 ea 00', 2.5, 2, 8000, 2881, 1152, 2],
    ['ff ff 10 00', 1, 1, 44_100, 32, 384, 2],
    ['ff ff 12 00', 1, 1, 44_100, 36, 384, 2],
    ['ff ff e8 00', 1, 1, 32_000, 672, 384, 2],
  ])('%s', (hex, version, layer, sampleRate, byteLength, samples, channels) => {
    const header = headerAt(
      Uint8Array.from(hex.split(' '), (byte) => Number.parseInt(byte, 16)),
      0,
    );
    const kind = frameKind(header);
    expect(kind).toMatchObject({ version, layer, sampleRate, samples });
    expect(kind && frameByteLength(kind, header)).toBe(byteLength);
    expect(channelCount(header)).toBe(channels);
  });

  it('knows the length of every frame that can be written', () => {
    let longest = 0;
    for (const version of VERSIONS) {
      for (const layer of LAYERS) {
        for (const sampleRate of sampleRateTable(version)) {
          for (const kbps of bitrateTable(version, layer).slice(1)) {
            for (const padded of [false, true]) {
              const spec = { version, layer, sampleRate, kbps, padded };
              const header = headerAt(mpegFrame(spec), 0);
              const kind = frameKind(header);
              expect({ spec, kind: kind && { ...kind, bits: 0, byteLengths: 0 } }).toEqual({
                spec,
                kind: { version, layer, sampleRate, samples: frameSamples(spec), bits: 0, byteLengths: 0 },
              });
              expect(kind && frameByteLength(kind, header)).toBe(frameBytes(spec));
              longest = Math.max(longest, frameBytes(spec));
            }
          }
        }
      }
    }
    expect(longest).toBe(MAX_FRAME_BYTES);
  });

  it.each([
    ['no sync', 0xffdb9064],
    ['reserved version', 0xffeb9064],
    ['reserved layer', 0xfff99064],
    ['reserved sample rate', 0xfffb9c64],
    ['an ADTS header', 0xfff15080],
    ['zeros', 0],
  ])('%s: no frame', (_name, header) => {
    expect(frameKind(header | 0)).toBeNull();
  });

  it.each([
    ['free format', 0xfffb0064],
    ['the forbidden bitrate', 0xfffbf064],
    ['another sample rate', 0xfffb9464],
    ['another layer', 0xfffd9064],
    ['another version', 0xfff39064],
  ])('%s: no length in an MPEG-1 Layer III stream of 44.1 kHz', (_name, header) => {
    const kind = frameKind(0xfffb9064 | 0);
    expect(kind && frameByteLength(kind, header | 0)).toBe(0);
    expect(kind && frameByteLength(kind, 0xfffb9064 | 0)).toBe(417);
  });

  it('does not see a header beyond the end', () => {
    expect(frameKind(headerAt(mpegFrame(), 417))).toBeNull();
    expect(frameKind(headerAt(Uint8Array.of(0xff, 0xfb), 0))).not.toBeNull();
    expect(headerAt(Uint8Array.of(0xff, 0xfb), 0)).toBe(0xfffb0000 | 0);
  });

  it.each([
    [1, 0xfffb9064, 32, 0],
    [1, 0xfffb90c4, 17, 0],
    [2, 0xfff39064, 17, 0],
    [2.5, 0xffe390c4, 9, 0],
    [1, 0xfffa9064, 32, 2],
  ] as const)('MPEG-%f %i: %i bytes of side information, %i of CRC', (version, header, sideInfo, crc) => {
    expect(sideInfoBytes(version, header | 0)).toBe(sideInfo);
    expect(crcBytes(header | 0)).toBe(crc);
  });
});
