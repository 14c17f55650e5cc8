import { functionUrlEvent, functionUrlResponse } from './function-url.ts';
import type { PlainValue } from './plain-values.ts';

const DOMAIN = 'abc.lambda-url.us-east-1.on.aws';
const event = (url: string, init: RequestInit = {}) =>
  functionUrlEvent(new Request(`https://${DOMAIN}${url}`, init), DOMAIN, 0);

describe('the event of a request', () => {
  test('has path and query as they were sent', async () => {
    expect(await event('/stream/a%20b/%C3%BC?start=1&start=2&end=%2B')).toMatchObject({
      version: '2.0',
      rawPath: '/stream/a%20b/%C3%BC',
      rawQueryString: 'start=1&start=2&end=%2B',
      queryStringParameters: { start: '1,2', end: '+' },
      requestContext: { http: { method: 'GET' }, domainName: DOMAIN },
      isBase64Encoded: false,
    });
  });

  test('has headers in lower case, with the domain as host, and cookies by themselves', async () => {
    const made = await event('/', { headers: { Range: 'bytes=0-1', Cookie: 'a=1; b=2' } });
    expect(made).toMatchObject({ headers: { range: 'bytes=0-1', host: DOMAIN }, cookies: ['a=1', 'b=2'] });
    expect(made.headers).not.toHaveProperty('cookie');
  });

  test('has no query parameters where there is no query', async () => {
    expect(await event('/')).not.toHaveProperty('queryStringParameters');
  });

  test('has a body in base64 unless it is text', async () => {
    const binary = { method: 'POST', body: new Uint8Array([255, 0]), headers: { 'content-type': 'audio/mpeg' } };
    expect(await event('/', binary)).toMatchObject({ body: '/wA=', isBase64Encoded: true });
    const text = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect(await event('/', text)).toMatchObject({ body: '{}', isBase64Encoded: false });
  });
});

describe('the answer', () => {
  const answer = (value: PlainValue, method = 'GET') => functionUrlResponse(value, method);

  test('is decoded, and its length is that of its bytes', async () => {
    const response = answer({
      statusCode: 206,
      headers: { 'Content-Type': 'audio/mpeg', 'Content-Range': 'bytes 0-3/9', 'content-length': '99' },
      body: 'AAECAw==',
      isBase64Encoded: true,
    });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 0-3/9');
    expect(response.headers.get('content-length')).toBe('4');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array([0, 1, 2, 3]));
  });

  test('is a 200 of JSON when it is anything else', async () => {
    const response = answer({ hello: 'there' });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ hello: 'there' });
    expect(await answer('text').text()).toBe('text');
  });

  test('has several cookies', () => {
    const response = answer({ statusCode: 200, cookies: ['a=1', 'b=2'] });
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('to HEAD has no body, and the length that the function gives', async () => {
    const response = answer({ statusCode: 200, headers: { 'content-length': '123' }, body: '' }, 'HEAD');
    expect(response.headers.get('content-length')).toBe('123');
    expect(await response.text()).toBe('');
  });

  test('without content has neither', () => {
    expect(answer({ statusCode: 304, headers: { etag: '"x"' } }).headers.has('content-length')).toBe(false);
  });

  const broken: [name: string, value: PlainValue][] = [
    ['a status that is none', { statusCode: 'many' }],
    ['a body that is no text', { statusCode: 200, body: { a: 1 } }],
  ];
  test.each(broken)('with %s is an error', (_name, value) => {
    expect(answer(value).status).toBe(502);
  });
});
