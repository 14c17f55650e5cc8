import { FUZZ_PATTERNS } from '../support/fuzz-patterns.ts';
import { scalingFault } from '../support/fuzz-scaling.ts';
import { openAny } from '../support/fuzz-scanners.ts';

describe('a file four times as long takes about four times as long', () => {
  it.each(Object.keys(FUZZ_PATTERNS))('%s', async (name) => {
    const pattern = FUZZ_PATTERNS[name];
    expect(pattern && (await scalingFault(pattern, openAny))).toBeUndefined();
  });
});
