import fc from 'fast-check';
import { base64Decoded } from '../../../../lambdas/core/tags/excerpt/base64-bytes.ts';

const decoded = (text: string): number[] => [...base64Decoded(new TextEncoder().encode(text))];

describe('base64Decoded', () => {
  it('gives back what was encoded, with line ends or without, padded or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), fc.boolean(), (bytes, hasLines, isPadded) => {
        const text = Buffer.from(bytes).toString('base64');
        const lines = hasLines ? text.replace(/.{1,76}/g, '$&\r\n') : text;
        expect(decoded(isPadded ? lines : lines.replaceAll('=', ''))).toEqual([...bytes]);
      }),
    );
  });

  it('ends at the padding, and passes over what is no letter', () => {
    expect(decoded('QU*J\u00ffD')).toEqual([65, 66, 67]);
    expect(decoded('QQ==QUJD')).toEqual([65]);
    expect(decoded('')).toEqual([]);
  });
});
