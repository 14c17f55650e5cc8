import { httpConformance } from './conformance.ts';
import { embeddedTarget } from './embedded-target.ts';

for (const location of ['objects', 'windows'] as const) {
  httpConformance('the embedded host', location, () => embeddedTarget(location));
}
