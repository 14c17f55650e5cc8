import fc from 'fast-check';
import { crc8, crc16, crc16Residue } from '../../../../lambdas/core/formats/flac/crc.ts';
import { concat, flacCrc8, flacCrc16 } from '../../../support/flac-stream.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('CRC-8 and CRC-16', () => {
  it('agree with the definition, bit by bit', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(crc8(data, 0, data.length)).toBe(flacCrc8(data));
        expect(crc16(0, data, 0, data.length)).toBe(flacCrc16(data));
      }),
    );
  });

  it('have the published check values', () => {
    const check = new TextEncoder().encode('123456789');
    expect(crc8(check, 0, 9)).toBe(0xf4);
    expect(crc16(0, check, 0, 9)).toBe(0xfee8);
  });

  it('can be carried on from any place', () => {
    fc.assert(
      fc.property(bytes, fc.nat(200), (data, cut) => {
        const at = Math.min(cut, data.length);
        expect(crc16(crc16(0, data, 0, at), data, at, data.length)).toBe(crc16(0, data, 0, data.length));
      }),
    );
  });
});

describe('residues', () => {
  const residueAt = (data: Uint8Array, at: number): number => crc16Residue(crc16(0, data, 0, at), at);

  it('are equal at both ends of bytes that end with their own CRC-16, whatever came before', () => {
    fc.assert(
      fc.property(bytes, bytes, (before, body) => {
        const crc = flacCrc16(body);
        const data = concat(before, body, Uint8Array.of(crc >> 8, crc & 0xff));
        expect(residueAt(data, data.length)).toBe(residueAt(data, before.length));
      }),
    );
  });

  it('differ as soon as one bit is wrong', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(), (before, body, flip) => {
        const crc = flacCrc16(body);
        const data = concat(before, body, Uint8Array.of(crc >> 8, crc & 0xff));
        const at = before.length + (flip % (body.length + 2));
        data[at] = (data[at] ?? 0) ^ (1 << (flip % 8));
        expect(residueAt(data, data.length)).not.toBe(residueAt(data, before.length));
      }),
    );
  });

  it('hold over lengths beyond the order of the polynomial', () => {
    const body = new Uint8Array(100_000).fill(0x5a);
    const crc = flacCrc16(body);
    const data = concat(Uint8Array.of(1, 2, 3), body, Uint8Array.of(crc >> 8, crc & 0xff));
    expect(residueAt(data, data.length)).toBe(residueAt(data, 3));
    expect(residueAt(data, data.length - 1)).not.toBe(residueAt(data, 3));
  });
});
