/** The suite of the embedded host, on the synthesized stack: through the edge, on real S3 and DynamoDB. */
import { endToEnd } from '../e2e/end-to-end.ts';
import { startCloudTarget } from './cloud-target.ts';

describe.each(['objects', 'windows'] as const)('chunks as %s', (location) => {
  endToEnd('the local cloud', () => startCloudTarget({ location }));
});
