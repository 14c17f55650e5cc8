import { httpConformance } from './conformance.ts';
import { embeddedTarget } from './embedded-target.ts';

for (const location of ['objects', 'windows'] as const) {
  httpConformance(`the embedded host, chunks as ${location}`, () => embeddedTarget(location));
}
