/** Files as people have them, on the synthesized stack; and again behind an edge that does all that a cache may do. */
import { corpusSuite } from '../e2e/corpus-suite.ts';
import { startCloudTarget } from './cloud-target.ts';

const SEED = 20_261_121;

corpusSuite('the local cloud', () => startCloudTarget({ location: 'objects' }));
corpusSuite('the local cloud, windows', () => startCloudTarget({ location: 'windows' }));
corpusSuite('the local cloud, adversarial', () =>
  startCloudTarget({ location: 'objects', adversarial: { seed: SEED } }),
);
