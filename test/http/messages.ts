/** RFC 9112: messages as they lie on the wire, by raw sockets. */
import { REQUEST_TOO_LONG } from './edge-rules.ts';
import { messagesOf, rawExchange } from './raw-exchange.ts';
import type { Subject } from './target.ts';

export function messageConformance(subject: Subject): void {
  const host = (): string => new URL(subject.target.origin).host;
  const send = async (...lines: string[]) =>
    messagesOf(await rawExchange(subject.target.origin, `${lines.join('\r\n')}\r\n\r\n`));

  describe('messages (RFC 9112)', () => {
    it('section 6.2: a range has a Content-Length and no Transfer-Encoding', async () => {
      const path = subject.track.links.audio;
      const [answer] = await send(`GET ${path} HTTP/1.1`, `Host: ${host()}`, 'Range: bytes=5-9', 'Connection: close');
      expect(answer?.statusLine).toBe('HTTP/1.1 206 Partial Content');
      expect(answer?.fields.get('content-length')).toEqual(['5']);
      expect(answer?.fields.has('transfer-encoding')).toBe(false);
      expect(answer?.body.equals(Buffer.from(subject.track.source.subarray(5, 10)))).toBe(true);
    });

    it('section 9.3.2: pipelined requests are answered in their order', async () => {
      const request = (range: string, last = false): string =>
        `GET ${subject.track.links.audio} HTTP/1.1\r\nHost: ${host()}\r\nRange: bytes=${range}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
      const received = await rawExchange(
        subject.target.origin,
        request('0-3') + request('100000-400000') + request('8-11', true),
      );
      const { source } = subject.track;
      const expected = [source.subarray(0, 4), source.subarray(100_000, 400_001), source.subarray(8, 12)];
      expect(messagesOf(received).map(({ body }, i) => body.equals(expected[i] ?? Buffer.alloc(0)))).toEqual([
        true,
        true,
        true,
      ]);
    });

    it('section 2.3: a client of HTTP/1.0 is served, and the connection ends', async () => {
      const [answer] = await send(`GET ${subject.track.links.audio} HTTP/1.0`, 'Range: bytes=0-3');
      expect([answer?.status, answer?.body.length]).toEqual([206, 4]);
    });

    it('section 3.2: HTTP/1.1 without Host is 400', async () => {
      const [answer] = await send('GET /v1/tracks HTTP/1.1', 'Connection: close');
      expect(answer?.status).toBe(400);
    });

    it('section 3.2.2: an absolute address is an address', async () => {
      const url = `${subject.target.origin}${subject.track.links.audio}`;
      const [answer] = await send(`GET ${url} HTTP/1.1`, `Host: ${host()}`, 'Range: bytes=0-1', 'Connection: close');
      expect([answer?.status, answer?.body.length]).toEqual([206, 2]);
    });

    it('section 6.1: a length and a transfer coding at once are refused', async () => {
      const [answer] = await send(
        `POST ${subject.track.links.chunks}:resolve HTTP/1.1`,
        `Host: ${host()}`,
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
      );
      expect(answer?.status).toBe(400);
    });

    it('section 3: a request that is none is 400', async () => {
      const [answer] = await send('NONSENSE');
      expect(answer?.status).toBe(400);
    });

    it('RFC 9110 section 5.3: a Range that came twice is not guessed at', async () => {
      const [answer] = await send(
        `GET ${subject.track.links.audio} HTTP/1.1`,
        `Host: ${host()}`,
        'Range: bytes=0-1',
        'Range: bytes=4-5',
        'Connection: close',
      );
      // Joined to a list it is malformed, hence ignored.
      expect([answer?.status, answer?.body.length]).toEqual([200, subject.track.source.length]);
    });

    it('RFC 6585 section 5: a header section beyond reason is 431, and the host lives on', async () => {
      const [answer] = await send('GET /v1/tracks HTTP/1.1', `Host: ${host()}`, `X-Long: ${'a'.repeat(70_000)}`);
      expect(answer?.status).toBe(subject.target.isDirect ? 431 : REQUEST_TOO_LONG.status);
      expect((await subject.get('/v1/tracks')).status).toBe(200);
    });

    it('RFC 9110 section 9.3.2: a HEAD on a kept connection leaves no bytes behind', async () => {
      const path = subject.track.links.audio;
      const received = await rawExchange(
        subject.target.origin,
        `HEAD ${path} HTTP/1.1\r\nHost: ${host()}\r\n\r\nHEAD ${path} HTTP/1.1\r\nHost: ${host()}\r\nConnection: close\r\n\r\n`,
      );
      expect(messagesOf(received, true).map(({ status }) => status)).toEqual([200, 200]);
    });
  });
}
