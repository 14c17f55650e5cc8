import fc from 'fast-check';
import { rawRequest } from '../../support/http-client.ts';
import { API, BUCKET, testEdge, testOrigin } from './edge-fixture.ts';
import { distinctBytes, etagOf, type FileOptions, fileOrigin } from './file-origin.ts';
import type { Edge } from './start-edge.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const VERSIONS = [0, 1, 2].map((salt) => distinctBytes(20_000, salt));
const BY_ETAG = new Map(VERSIONS.map((bytes) => [etagOf(bytes), bytes]));

type Step = { readonly version: number; readonly start: number; readonly length: number };
const step: fc.Arbitrary<Step> = fc.record({
  version: fc.nat(2),
  start: fc.nat(19_000),
  length: fc.integer({ min: 1, max: 8000 }),
});

/** Whether all bytes are of the one version that the answer's ETag names. */
async function isOfOneVersion(edge: Edge, { start, length }: Step): Promise<boolean> {
  const headers = { range: `bytes=${start}-${start + length - 1}` };
  const answer = await rawRequest(`${edge.url}/a`, { headers });
  const version = BY_ETAG.get(String(answer.headers.etag));
  return (
    answer.status === 206 &&
    version !== undefined &&
    Buffer.compare(answer.body, version.subarray(start, start + length)) === 0
  );
}

async function edgeOver(options: FileOptions & { current: () => Uint8Array }): Promise<Edge> {
  const origin = await testOrigin(fileOrigin(options.current, options));
  const missing = await testOrigin((_, reply) => {
    reply.writeHead(403, { 'content-length': 0 }).end();
  });
  // Behind a group whose first origin has nothing, as a service that makes objects on demand is.
  const servers = { [BUCKET]: missing, [API]: origin };
  const edge = await testEdge({ servers, behaviour: { TargetOriginId: 'group' }, seed: 11 });
  open.push(origin, missing, edge);
  return edge;
}

test.each<[cacheControl: string, how: string, options: FileOptions]>([
  ['max-age=60', 'by the book', {}],
  ['max-age=60', 'deaf to If-Range', { ignoresIfRange: true }],
  ['no-cache', 'by the book', {}],
  ['no-store', 'by the book', {}],
])('an object that is replaced now and then, %s, %s: no answer has bytes of two', async (cacheControl, _, options) => {
  let version = 0;
  const edge = await edgeOver({ ...options, cacheControl, current: () => VERSIONS[version] ?? new Uint8Array() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      for (const each of steps) {
        version = each.version;
        expect(await isOfOneVersion(edge, each)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
  expect(edge.originFaults()).toEqual([]);
});

test('and an origin that forgets to change the ETag is found out', async () => {
  let version = 0;
  const etag = etagOf(VERSIONS[0] ?? new Uint8Array());
  const current = () => VERSIONS[version] ?? new Uint8Array();
  const edge = await edgeOver({ cacheControl: 'max-age=60', current, etag });
  const results: boolean[] = [];
  for (let index = 0; index < 30; index++) {
    version = index % 3;
    results.push(await isOfOneVersion(edge, { version, start: index * 300, length: 5000 }));
  }
  expect(results).toContain(false);
  expect(edge.originFaults()).not.toEqual([]);
});
