/** The distribution of the stack itself, as it is synthesized, on the edge. */
import { messagesOf, rawExchange } from '../../http/raw-exchange.ts';
import { templateWith } from '../../lib/synthesized.ts';
import { rawRequest } from '../../support/http-client.ts';
import { type TestOrigin, testOrigin } from './edge-fixture.ts';
import { distinctBytes, fileOrigin } from './file-origin.ts';
import { stackEdge } from './stack-edge.ts';
import type { Edge } from './start-edge.ts';

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
  edge = await stackEdge(templateWith(), { bucket, api });
});

afterAll(async () => {
  await edge?.close();
  await bucket.close();
  await api.close();
});

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

// RFC 9112 section 3.2.2: a server must accept the absolute form, and take the host of that.
test.each([
  ['http://audio.example.org/stream/a%2fb?end=2', '/stream/a%2Fb?end=2', 'audio.example.org'],
  ['HTTP://audio.example.org?end=2', '/?end=2', 'audio.example.org'],
  ['/v1/tracks', '/v1/tracks', 'other.example'],
])('asked for %s, the api hears of %s at %s', async (target, url, host) => {
  const request = `GET ${target} HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n`;
  const [answer] = messagesOf(await rawExchange(edge.url, request));
  expect(JSON.parse(answer?.body.toString() ?? '')).toEqual({ url, host });
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
