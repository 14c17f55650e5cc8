import fc from 'fast-check';
import { fromAttribute, toAttribute, toAttributes } from '../../../lambdas/adapters/aws/document.ts';

describe('documents', () => {
  it('come back as they were', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e100, max: 1e100 }).filter((n) => !Object.is(n, -0)),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 20 }),
    );
    const { document } = fc.letrec((tie) => ({
      document: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('list'), tie('object')),
      list: fc.array(tie('document'), { maxLength: 4 }),
      object: fc.dictionary(fc.string(), tie('document'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(document, (value) => {
        expect(fromAttribute(toAttribute(value))).toStrictEqual(value);
      }),
    );
  });

  it('have no members that are undefined', () => {
    expect(toAttributes({ a: 1, b: undefined })).toEqual({ a: { N: '1' } });
  });

  it('share no bytes with what they were made of, or with what holds them', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const attribute = toAttribute(bytes.subarray(1));
    bytes.fill(9);
    const back = fromAttribute(attribute);
    expect(back).toStrictEqual(Uint8Array.of(2, 3));
    attribute.B?.fill(8);
    expect(back).toStrictEqual(Uint8Array.of(2, 3));
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
    ['a function', () => 1],
    ['a map', new Map()],
    ['a big integer', 5n],
  ])('cannot hold %s', (_name, value) => {
    expect(() => toAttribute({ nested: [value] })).toThrow(RangeError);
  });

  it('are not read of sets, which nobody here writes', () => {
    expect(() => fromAttribute({ SS: ['a'] })).toThrow(RangeError);
  });
});
