/** A process of a pool whose case 3 hangs and whose case 6 crashes. */
import { parseArgs } from 'node:util';
import type { Share } from '../fuzz-pool.ts';

const { values: options } = parseArgs({ options: { share: { type: 'string', default: '{}' } } });
const { first, end, step } = JSON.parse(options.share) as Share;
for (let number = first; number < end; number += step) {
  while (number === 3);
  if (number === 6) throw new Error('a crash');
  await new Promise((resolve) => process.send?.({ number }, resolve));
}
process.disconnect();
