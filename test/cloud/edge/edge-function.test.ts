import { rawRequest } from '../../support/http-client.ts';
import { API, cachePolicy, type TestOrigin, testEdge, testOrigin } from './edge-fixture.ts';
import type { Edge } from './start-edge.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function withFunction(
  code: string,
  { event = 'viewer-request', status = 200, config = {} } = {},
): Promise<{ edge: Edge; origin: TestOrigin }> {
  const origin = await testOrigin((_, reply) => {
    reply.writeHead(status, { 'content-length': 2, 'x-origin': 'yes', 'cache-control': 'no-store' }).end('ok');
  });
  const resource = {
    type: 'AWS::CloudFront::Function',
    physicalId: 'arn:function',
    properties: { FunctionCode: code, FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0', ...config } },
  };
  const parameters = { QueryStringsConfig: { QueryStringBehavior: 'all' } };
  const opening = testEdge({
    servers: { [API]: origin },
    policy: cachePolicy({ parameters }),
    behaviour: {
      TargetOriginId: 'api',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      FunctionAssociations: [{ EventType: event, FunctionARN: 'arn:function' }],
    },
    resources: [resource],
  });
  open.push(origin);
  const edge = await opening;
  open.push(edge);
  return { edge, origin };
}

const handler = (body: string) => `function handler(event) { var request = event.request; ${body} return request; }`;

describe('viewer-request (CloudFront Functions event structure)', () => {
  test('the event', async () => {
    const { edge } = await withFunction(
      'function handler(event) { return { statusCode: 200, body: JSON.stringify(event) }; }',
    );
    const answer = await rawRequest(`${edge.url}/a%20b?x=1&x=2&y&z=%C3%A4`, {
      headers: { cookie: 'c=1; d=2', 'X-Other': 'V', 'x-real-ip': '192.0.2.1' },
    });
    const event = JSON.parse(Buffer.from(answer.body).toString());
    expect(event).toMatchObject({
      version: '1.0',
      context: { eventType: 'viewer-request', requestId: answer.headers['x-amz-cf-id'] },
      viewer: { ip: '127.0.0.1' },
      request: {
        method: 'GET',
        uri: '/a%20b',
        querystring: {
          x: { value: '1', multiValue: [{ value: '1' }, { value: '2' }] },
          y: { value: '' },
          z: { value: '%C3%A4' },
        },
        headers: { host: { value: new URL(edge.url).host }, 'x-other': { value: 'V' } },
        cookies: { c: { value: '1' }, d: { value: '2' } },
      },
    });
    expect(event.request.headers).not.toHaveProperty('cookie');
    expect(event.request.headers).not.toHaveProperty('x-real-ip');
    expect(answer.headers['x-cache']).toBe('FunctionGeneratedResponse from cloudfront');
  });

  test('what it returns is what is asked for', async () => {
    const { edge, origin } = await withFunction(
      handler(`
        request.uri = '/other';
        request.querystring = { b: { value: '2' }, a: { value: '1', multiValue: [{ value: '1' }, { value: '0' }] } };
        request.headers['x-added'] = { value: 'by the function' };
        delete request.headers['x-taken'];
      `),
    );
    await rawRequest(`${edge.url}/a?x=1`, { headers: { 'x-taken': '1' } });
    expect(origin.seen[0]).toMatchObject({ url: '/other?b=2&a=1&a=0', headers: { 'x-added': 'by the function' } });
    expect(origin.seen[0]?.headers).not.toHaveProperty('x-taken');
  });

  test('a query that it leaves alone is forwarded as it came', async () => {
    const { edge, origin } = await withFunction(handler(''));
    await rawRequest(`${edge.url}/a?y&x=1&&z=+`);
    expect(origin.seen[0]?.url).toBe('/a?y&x=1&&z=+');
  });

  test('it may be asynchronous, as in version 2.0', async () => {
    const { edge, origin } = await withFunction(
      `async function handler(event) { await null; event.request.uri = '/later'; return event.request; }`,
    );
    await rawRequest(`${edge.url}/a`);
    expect(origin.seen[0]?.url).toBe('/later');
  });

  test('an answer of its own, with headers, cookies and a body in base64', async () => {
    const { edge, origin } = await withFunction(`function handler() {
      return { statusCode: 302, headers: { location: { value: '/x' } },
        cookies: { c: { value: '1', attributes: 'Secure' } },
        body: { encoding: 'base64', data: 'aGVsbG8=' } };
    }`);
    const answer = await rawRequest(`${edge.url}/a`);
    expect(answer).toMatchObject({ status: 302, headers: { location: '/x', 'set-cookie': ['c=1; Secure'] } });
    expect(Buffer.from(answer.body).toString()).toBe('hello');
    expect(origin.seen).toEqual([]);
  });

  test.each([
    ['another method', "request.method = 'HEAD';", 502],
    ['a uri without a slash', "request.uri = 'x';", 502],
    ['a read-only header', "request.headers.host = { value: 'evil.example' };", 502],
    ['a disallowed header', "request.headers['x-real-ip'] = { value: '1' };", 502],
    ['a name in upper case', "request.headers['X-Upper'] = { value: '1' };", 502],
    ['a query with a space', "request.querystring = { a: { value: 'b c' } };", 502],
    ['an exception', "throw new Error('no');", 503],
    ['an endless loop', 'while (true) {}', 503],
    ['code made of text', "eval('1');", 503],
    ['what only Node has', 'process.exit();', 503],
  ])('%s is refused', async (_, body, status) => {
    const { edge, origin } = await withFunction(handler(body));
    expect((await rawRequest(`${edge.url}/a`)).status).toBe(status);
    expect(origin.seen).toEqual([]);
  });

  test.each([
    ['no JavaScript', 'function handler( {', {}, /Unexpected end of input/],
    ['more than 10 KB', `${handler('')}//${'x'.repeat(10_240)}`, {}, /10240/],
    ['a key-value store', handler(''), { KeyValueStoreAssociations: [{}] }, /KeyValueStoreAssociations/],
    ['another runtime', handler(''), { Runtime: 'cloudfront-js-9.0' }, /Runtime/],
  ])('%s: the edge does not start', async (_, code, config, message) => {
    await expect(withFunction(code, { config })).rejects.toThrow(message);
  });
});

describe('viewer-response', () => {
  const adding = `function handler(event) {
    var response = event.response;
    response.headers['x-seen'] = { value: response.headers['x-origin'].value + ' ' + response.statusCode };
    return response;
  }`;

  test('sees the answer and changes its headers', async () => {
    const { edge } = await withFunction(adding, { event: 'viewer-response' });
    const answer = await rawRequest(`${edge.url}/a`);
    expect(answer.headers).toMatchObject({ 'x-seen': 'yes 200', 'x-origin': 'yes', 'content-length': '2' });
    expect(Buffer.from(answer.body).toString()).toBe('ok');
  });

  test('does not run for errors of the origin', async () => {
    const { edge } = await withFunction(adding, { event: 'viewer-response', status: 404 });
    expect((await rawRequest(`${edge.url}/a`)).headers).not.toHaveProperty('x-seen');
  });
});
