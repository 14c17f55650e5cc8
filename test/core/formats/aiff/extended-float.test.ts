import fc from 'fast-check';
import { extendedAt, extendedOf } from '../../../../lambdas/core/formats/aiff/extended-float.ts';
import { RATE_44100 } from '../../../support/aiff-file.ts';

it.each<[number, number[]]>([
  [44_100, RATE_44100],
  [8_000, [0x40, 0x0b, 0xfa, 0, 0, 0, 0, 0, 0, 0]],
  [1, [0x3f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]],
  [0xffffffff, [0x40, 0x1e, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]],
])('%d', (value, bytes) => {
  expect(extendedAt(Uint8Array.from(bytes), 0)).toBe(value);
  expect([...extendedOf(value)]).toEqual(bytes);
});

it.each<[string, number[], number]>([
  ['0', new Array<number>(10).fill(0), 0],
  ['a half', [0x3f, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0], 0.5],
  ["the first Macintosh's rate", [0x40, 0x0d, 0xad, 0xdd, 0x17, 0x45, 0xd1, 0x74, 0x5d, 0x17], 22_254.545454545456],
  ['a negative number', [0xc0, 0x00, 0xc0, 0, 0, 0, 0, 0, 0, 0], -3],
  ['infinity', [0x7f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], Number.NaN],
])('%s', (_, bytes, value) => {
  expect(extendedAt(Uint8Array.from([9, ...bytes]), 1)).toBe(value);
});

it('integers come back as they were', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xffffffff }), (value) => {
      expect(extendedAt(extendedOf(value), 0)).toBe(value);
    }),
  );
});
