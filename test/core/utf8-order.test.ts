import fc from 'fast-check';
import { compareUtf8 } from '../../lambdas/core/utf8-order.ts';

describe('compareUtf8', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '/', '-', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 6,
  });

  it('orders as the encoded bytes do', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('(control) the order of code units is another', () => {
    expect('\u{1f3b5}' < '\ue000').toBe(true);
    expect(compareUtf8('\u{1f3b5}', '\ue000')).toBeGreaterThan(0);
  });
});
