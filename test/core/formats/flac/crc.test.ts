import { join } from 'node:path';
import fc from 'fast-check';
import { base64ToBytes } from '../../../../lambdas/core/base64.ts';
import { crc8, crc16, crc16Residue, RunningCrc16 } from '../../../../lambdas/core/formats/flac/crc.ts';
import { CRC_FOLD_WASM } from '../../../../lambdas/core/formats/flac/crc-fold.wasm.ts';
import { concat, flacCrc8, flacCrc16 } from '../../../support/flac-stream.ts';
import { assemble } from '../../../support/wasm-source.ts';

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

describe('long stretches, which are folded', () => {
  /** Noise, or zeros, that reach over several blocks and over what the fold holds at a time. */
  const long = fc.record({ length: fc.nat(6000), seed: fc.nat() }).map(({ length, seed }) => {
    let state = seed;
    return Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return seed % 5 === 0 ? 0 : state >>> 24;
    });
  });

  it('agree with the definition, wherever they begin and end', () => {
    fc.assert(
      fc.property(long, fc.nat(300), fc.nat(0xffff), (data, from, crc) => {
        const start = Math.min(from, data.length);
        // The bits of a running checksum are those of a message that begins with them.
        const head = Uint8Array.of(crc >> 8, crc & 0xff);
        const whole = flacCrc16(concat(head, data.subarray(start)));
        expect(crc16(crc16(0, head, 0, 2), data, start, data.length)).toBe(whole);
      }),
    );
  });

  it('agree with the definition over hundreds of kilobytes', () => {
    const data = Uint8Array.from({ length: 300_001 }, (_, i) => (i * i) >> 3);
    expect(crc16(0, data, 0, data.length)).toBe(flacCrc16(data));
  });

  it('end at every sync code, and nowhere else', () => {
    fc.assert(
      fc.property(long, fc.array(fc.nat(6000)), (noise, places) => {
        const data = noise.map((byte) => (byte === 0xff ? 0xfe : byte));
        for (const place of places)
          data.set([0xff, 0xf8 | (place & 1)].slice(0, data.length - place), Math.min(place, data.length));
        const syncs = [...data.keys()].filter((i) => data[i] === 0xff && ((data[i + 1] ?? 0) & 0xfe) === 0xf8);
        const running = new RunningCrc16();
        const found: number[] = [];
        for (let at = 0, from = 0; ; ) {
          const next = running.runToSync(data, from, at, data.length);
          expect(running.value).toBe(flacCrc16(data.subarray(0, next)));
          if (next === data.length) break;
          found.push(next);
          [from, at] = [next, next + 1];
        }
        expect(found).toEqual(syncs);
      }),
    );
  });

  it('run the module that the text of the fold stands for', async () => {
    const text = join(__dirname, '../../../../lambdas/core/formats/flac/crc-fold.wat');
    expect(base64ToBytes(CRC_FOLD_WASM)).toEqual(await assemble(text));
  });
});
