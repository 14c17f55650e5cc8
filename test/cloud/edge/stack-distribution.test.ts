/** The distribution of the stack itself, as it is synthesized, on the edge. */
import type { Template } from 'aws-cdk-lib/assertions';
import { templateWith } from '../../lib/synthesized.ts';
import { rawRequest } from '../../support/http-client.ts';
import { isList, isProperties, type PlainProperties, type PlainValue } from '../plain-values.ts';
import { originsAt, type TestOrigin, testOrigin } from './edge-fixture.ts';
import { distinctBytes, fileOrigin } from './file-origin.ts';
import { type Edge, startEdge } from './start-edge.ts';

const SOURCE = distinctBytes(50_000);
let bucket: TestOrigin;
let api: TestOrigin;
let edge: Edge;

beforeAll(async () => {
  bucket = await testOrigin((message, reply) => {
    if (message.url === '/d/t/r/source') fileOrigin(() => SOURCE)(message, reply);
    else reply.writeHead(403, { 'content-length': 0 }).end();
  });
  api = await testOrigin((message, reply) => {
    const body = JSON.stringify({ url: message.url, host: message.headers['x-cuepoint-host'] });
    reply.writeHead(200, { 'content-length': body.length, 'cache-control': 'no-store' }).end(body);
  });
  const template = templateWith();
  const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
  if (distribution === undefined) throw new Error('the stack has no distribution');
  edge = await startEdge({
    distribution: distribution.properties,
    resources: new Map(resourcesOf(template, 'AWS::CloudFront::').map((resource) => [resource.physicalId, resource])),
    origins: byKind(),
    port: 0,
  });
});

afterAll(async () => {
  await edge?.close();
  await bucket.close();
  await api.close();
});

/** References become the names they refer to, which is enough here: nothing of it is asked by name. */
function resourcesOf(template: Template, type: string) {
  const all: Record<string, { Type: string; Properties?: PlainProperties }> = template.toJSON().Resources;
  return Object.entries(all)
    .filter(([, resource]) => resource.Type.startsWith(type))
    .map(([id, resource]) => ({
      type: resource.Type,
      physicalId: id,
      properties: asProperties(resolved(resource.Properties ?? {})),
    }));
}

function resolved(value: PlainValue): PlainValue {
  if (isList(value)) return value.map(resolved);
  if (!isProperties(value)) return value;
  const target = value.Ref ?? value['Fn::GetAtt'];
  if (typeof target === 'string') return target;
  if (isList(target)) return target[0] ?? '';
  const intrinsic = Object.keys(value).find((name) => name.startsWith('Fn::'));
  if (intrinsic !== undefined) return `${intrinsic.slice('Fn::'.length).toLowerCase()}.example`;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each)]));
}

function asProperties(value: PlainValue): PlainProperties {
  if (!isProperties(value)) throw new Error('a resource of the template has no properties');
  return value;
}

function byKind() {
  const known = originsAt({ bucket, api });
  return { s3: () => known.s3('bucket'), functionUrl: () => known.functionUrl('api') };
}

async function viaApi(path: string) {
  const answer = await rawRequest(`${edge.url}${path}`);
  return { ...answer, heard: JSON.parse(Buffer.from(answer.body).toString()) };
}

test('derived objects come from the bucket, whatever the query says, and from the cache after that', async () => {
  const headers = { range: 'bytes=100-199', origin: 'https://app.example' };
  const first = await rawRequest(`${edge.url}/d/t/r/source?x=1`, { headers });
  const second = await rawRequest(`${edge.url}/d/t/r/source?x=2`, { headers });
  for (const answer of [first, second]) {
    expect(answer.status).toBe(206);
    expect(Buffer.compare(answer.body, SOURCE.subarray(100, 200))).toBe(0);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-expose-headers']).toContain('Content-Range');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  }
  expect(second.headers['x-cache']).toBe('Hit from cloudfront');
  expect(bucket.seen).toHaveLength(1);
});

test('what is not in the bucket the api is asked for, by its path and the name that was called', async () => {
  const { heard } = await viaApi('/d/t/r/other');
  expect(heard).toEqual({ url: '/d/t/r/other', host: new URL(edge.url).host });
});

test('pointers go to the api, in one spelling', async () => {
  const { heard } = await viaApi('/stream/a+b%c3%a4.mp3?start=1%3a30&utm=x&end=2');
  expect(heard).toEqual({ url: '/stream/a%2Bb%C3%A4.mp3?end=2&start=1%3A30', host: new URL(edge.url).host });
  expect((await viaApi('/')).heard.url).toBe('/');
});

test('a preflight is answered at the edge', async () => {
  const asked = bucket.seen.length + api.seen.length;
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' };
  const answer = await rawRequest(`${edge.url}/d/t/r/source`, { method: 'OPTIONS', headers });
  expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } });
  expect(answer.headers['access-control-allow-headers']).toContain('Range');
  expect(bucket.seen.length + api.seen.length).toBe(asked);
});

test.each(['POST', 'PUT', 'DELETE'])('%s reaches nobody', async (method) => {
  expect((await rawRequest(`${edge.url}/v1/tracks`, { method })).status).toBe(403);
});
