/** RFC 9110 sections 9 and 15.5, and addresses. */
import { wavFile } from '../support/audio-fixtures.ts';
import { jsonOf, type RawAnswer } from '../support/http-client.ts';
import { METHOD_NOT_LISTED } from './edge-rules.ts';
import { messagesOf, rawExchange } from './raw-exchange.ts';
import { byteRoutesOf, type Subject } from './target.ts';

/** A path that leaves the folder, in every spelling that some server has fallen for. */
const TRAVERSALS = [
  '/stream/../../../../etc/passwd',
  '/stream/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '/stream/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '/stream/..%2f..%2f..%2fetc%2fpasswd',
  '/stream/..%5c..%5c..%5cetc%5cpasswd',
  '/stream/..\\..\\..\\etc\\passwd',
  '/stream/%252e%252e%252f%252e%252e%252fetc%252fpasswd',
  '/stream/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd',
  '/stream/%e0%80%ae%e0%80%ae/etc/passwd',
  '/stream/%uff0e%uff0e/etc/passwd',
  '/stream/%ff/etc/passwd',
  '/stream/....//....//etc/passwd',
  '/stream/..;/..;/etc/passwd',
  '/stream//etc/passwd',
  '/stream/%2fetc%2fpasswd',
  '/stream/etc/passwd%00.wav',
  '/stream/./././etc/passwd',
  '/stream/file:///etc/passwd',
  '/d/../../../etc/passwd',
  '/d/%2e%2e/%2e%2e/etc/passwd',
  '/d/..%2f..%2fetc%2fpasswd',
  '/d/%2e%2e%2findex%2fdata.mdb',
  '/d/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd',
  '/v1/tracks/..%2f..%2fetc%2fpasswd',
  '/v1/tracks/%2e%2e/audio',
];

const READ_ONLY = ['PUT', 'POST', 'PATCH', 'DELETE'];

export function methodConformance(subject: Subject): void {
  const routes = (): readonly string[] => {
    const { self = '', chunks = '' } = subject.track.links;
    return ['/v1/tracks', self, chunks, ...byteRoutesOf(subject.track)];
  };

  /** Of one state: while a track is being analysed, more is told of it from one request to the next. */
  async function getAndHead(route: string, tries = 5): Promise<readonly [get: RawAnswer, head: RawAnswer]> {
    const before = await subject.get(route);
    const head = await subject.get(route, {}, 'HEAD');
    const after = await subject.get(route);
    const isOneState = Buffer.from(before.body).equals(after.body);
    return isOneState || tries === 1 ? [after, head] : getAndHead(route, tries - 1);
  }

  describe('methods (RFC 9110 sections 9 and 15.5.6)', () => {
    it('section 9.3.2: HEAD is GET without the body', async () => {
      for (const route of [
        ...routes(),
        `${routes()[3]}?bytes=5-99`,
        `${routes()[3]}?start=1&end=2`,
        '/v1/tracks/none',
      ]) {
        const [get, head] = await getAndHead(route);
        expect(head.status).toBe(get.status);
        expect(head.body).toHaveLength(0);
        for (const name of [
          'content-length',
          'content-type',
          'etag',
          'last-modified',
          'cache-control',
          'accept-ranges',
        ]) {
          expect([route, name, head.headers[name]]).toEqual([route, name, get.headers[name]]);
        }
      }
    });

    it('section 14.2: Range means nothing in a HEAD', async () => {
      const { status, headers } = await subject.get(routes()[3] ?? '', { Range: 'bytes=0-1' }, 'HEAD');
      expect([status, headers['content-length']]).toEqual([200, String(subject.track.source.length)]);
      expect(headers).not.toHaveProperty('content-range');
    });

    it('section 15.5.6: a method that an address does not have is 405, with Allow', async () => {
      for (const route of routes()) {
        for (const method of READ_ONLY) {
          const { status, headers } = await subject.get(route, {}, method);
          const expected = subject.target.isDirect ? 405 : METHOD_NOT_LISTED.status;
          expect([route, method, status]).toEqual([route, method, expected]);
          if (status === 405) expect(headers.allow).toBe('GET, HEAD, OPTIONS');
        }
      }
    });

    it('section 9.3.7: OPTIONS says what an address allows', async () => {
      for (const route of routes()) {
        const { status, headers, body } = await subject.get(route, {}, 'OPTIONS');
        expect([route, status, body.length, headers.allow]).toEqual([route, 204, 0, 'GET, HEAD, OPTIONS']);
        // Section 8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 204".
        expect(headers).not.toHaveProperty('content-length');
      }
      const resolve = await subject.get(`${subject.track.links.chunks}:resolve`, {}, 'OPTIONS');
      // "At either the origin server or an intervening intermediary": through the edge no POST gets to it.
      const allowed = subject.target.isDirect ? 'POST, OPTIONS' : 'OPTIONS';
      expect([resolve.status, resolve.headers.allow]).toEqual([204, allowed]);
    });
  });

  describe('addresses', () => {
    it.each(TRAVERSALS)('gives nothing away for %s', async (path) => {
      const host = new URL(subject.target.origin).host;
      // As it is written: clients would resolve the dots themselves.
      const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const [answer] = messagesOf(await rawExchange(subject.target.origin, request));
      expect(answer?.status).toBe(404);
      const text = answer?.body.toString('latin1') ?? '';
      expect(JSON.parse(text)).toMatchObject({ status: 404 });
      expect(text).not.toMatch(/root:|\/tmp\/|\/home\/|\/work\/|node_modules|ENOENT| at .*\.ts/);
    });

    it('section 15.5.11: 410 for what was here, section 15.5.5: 404 for what never was', async () => {
      const gone = await subject.upload('methods/gone.wav', wavFile(1, { seed: 17 }));
      await subject.target.removeSource('methods/gone.wav');
      const answer = await subject.untilStatus(gone.links.audio ?? '', 410);
      expect(jsonOf(answer).code).toBe('track_gone');
      expect((await subject.get(gone.links.stream ?? '')).status).toBe(410);
      expect((await subject.get('/stream/methods/never.wav')).status).toBe(404);
      expect((await subject.get('/v1/tracks/never/audio')).status).toBe(404);
    });

    it('a path that is longer than any key is 404 or 414, not a fault', async () => {
      const { status } = await subject.get(`/stream/${'a'.repeat(5000)}.wav`);
      expect([404, 414]).toContain(status);
    });

    it('RFC 9457: a problem says what was wrong, in words', async () => {
      const { status, headers, body } = await subject.get(`${routes()[3]}?start=abc`);
      expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
      expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({
        type: expect.stringContaining('invalid_parameter'),
        status: 400,
        code: 'invalid_parameter',
        error: expect.stringContaining('abc'),
      });
    });
  });
}
