/** The header fields of answers: RFC 9110, RFC 9111, RFC 6266, Fetch (CORS, CORP), Server Timing. */
import { wavFile } from '../support/audio-fixtures.ts';
import { byteRoutesOf, type Subject } from './target.ts';

const OURS = ['duration', 'sample-rate', 'channels', 'bitrate', 'codec', 'revision'];

/** The fields that scripts and players of other origins must be able to read. */
export const EXPOSED = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Location',
  'Retry-After',
  'Server-Timing',
  ...OURS.map((name) => `Cuepoint-${name}`),
  'Cuepoint-Skip-Samples',
  'Cuepoint-Take-Samples',
].map((name) => name.toLowerCase());

/** What Safari, Chromium, Chromecast and hls.js ask leave for, in their preflights. */
const PREFLIGHTS: readonly (readonly [client: string, fields: string])[] = [
  ['fetch with a range', 'range'],
  ['hls.js', 'range'],
  ['Chromecast', 'accept-encoding,content-type,range'],
  ['a client that resumes', 'if-range,range'],
  ['a client that revalidates', 'if-none-match,if-modified-since'],
  ['a client with conditions', 'if-match,if-unmodified-since'],
];

export const listed = (value: unknown): string[] =>
  String(value ?? '')
    .split(',')
    .map((item) => item.trim().toLowerCase());

export function fieldConformance(subject: Subject): void {
  const byteRoutes = (): readonly string[] => byteRoutesOf(subject.track);
  /** What the service knows of a track, a bucket does not. */
  const byService = (): readonly string[] => byteRoutes().filter((route) => !subject.target.isFromBucket(route));

  describe('header fields', () => {
    it('RFC 9110 section 8: everything about the representation, on every route that serves bytes', async () => {
      const { track } = subject;
      for (const route of byteRoutes()) {
        const { headers } = await subject.get(route);
        expect(headers).toMatchObject({
          'accept-ranges': 'bytes',
          'content-length': String(track.source.length),
          'content-type': 'audio/wav',
          etag: subject.target.isFromBucket(route) ? expect.stringMatching(/^"[^"]+"$/) : track.etag,
          // Of a derived object: when it was made, or its source was.
          'last-modified': route.startsWith('/d/') ? expect.stringMatching(/ GMT$/) : track.lastModified,
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'cross-origin',
          'timing-allow-origin': '*',
        });
        expect(Date.parse(String(headers['last-modified']))).toBeLessThanOrEqual(Date.parse(String(headers.date)));
      }
      for (const route of byService()) {
        expect((await subject.get(route)).headers['content-disposition']).toMatch(/^inline; filename="/);
      }
    });

    it('RFC 9110 section 8.4: audio is never encoded, whatever a client would accept', async () => {
      for (const route of byteRoutes()) {
        const { headers, body } = await subject.get(route, { 'Accept-Encoding': 'gzip, br, deflate, zstd' });
        expect(headers).not.toHaveProperty('content-encoding');
        expect(body.length).toBe(subject.track.source.length);
      }
    });

    it('RFC 9110 section 12.5.5: Vary only where something varies', async () => {
      for (const route of byteRoutes()) {
        for (const fields of [{}, { Origin: 'https://a.example' }]) {
          expect((await subject.get(route, fields)).headers).not.toHaveProperty('vary');
        }
      }
      expect(listed((await subject.get(subject.track.links.chunks ?? '')).headers.vary)).toContain('range');
    });

    it('RFC 9111 section 5.2.2: pointers are revalidated, what is derived is kept for ever (RFC 8246)', async () => {
      const [audio = '', stream = '', copy = ''] = byteRoutes();
      for (const pointer of [audio, stream]) {
        expect((await subject.get(pointer)).headers['cache-control']).toBe('public, no-cache');
      }
      expect((await subject.get(copy)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect((await subject.get('/v1/tracks/none')).headers['cache-control']).toBe('no-store');
    });

    it('tells what a player must know before it has read a byte', async () => {
      const { track } = subject;
      for (const method of ['GET', 'HEAD']) {
        for (const route of byService()) {
          expect((await subject.get(route, {}, method)).headers).toMatchObject({
            'cuepoint-duration': String(track.durationSeconds),
            'cuepoint-sample-rate': '8000',
            'cuepoint-channels': '2',
            'cuepoint-bitrate': String(track.bitrate),
            'cuepoint-codec': 'pcm_s16le',
            'cuepoint-revision': track.revision,
          });
        }
      }
    });

    it('Server Timing: says where the time went', async () => {
      const { headers } = await subject.get(byteRoutes()[0] ?? '');
      expect(String(headers['server-timing'])).toMatch(/\b(?:index|plan|storage|total);dur=\d+(?:\.\d+)?\b/);
    });

    it.each([
      ['a plain name', 'plain.wav', 'inline; filename="plain.wav"'],
      [
        'a name beyond ASCII: RFC 8187',
        'Größe 日本.wav',
        `inline; filename="Große __.wav"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E6%97%A5%E6%9C%AC.wav`,
      ],
      ['quotes', 'say "hi".wav', `inline; filename="say 'hi'.wav"; filename*=UTF-8''say%20%22hi%22.wav`],
    ])('RFC 6266: %s', async (_name, file, expected) => {
      const track = await subject.upload(`names/${file}`, wavFile(1, { seed: file.length }));
      const received = String((await subject.get(track.links.audio ?? '')).headers['content-disposition']);
      // The fallback is for old clients and may lose letters; the exact name may not.
      const exact = (value: string): string => value.replace(/filename="[^"]*";/, '');
      expect(exact(received)).toBe(exact(expected));
      expect(received).toMatch(/^[\x20-\x7e]+$/);
    });
  });

  describe('other origins (Fetch)', () => {
    it.each(PREFLIGHTS)('the preflight of %s passes (%s)', async (_client, requested) => {
      for (const route of byteRoutes()) {
        const { status, headers } = await subject.get(
          route,
          {
            Origin: 'https://player.example',
            'Access-Control-Request-Method': 'GET',
            'Access-Control-Request-Headers': requested,
          },
          'OPTIONS',
        );
        expect(status).toBe(204);
        expect(headers['access-control-allow-origin']).toBe('*');
        expect(listed(headers['access-control-allow-methods'])).toEqual(expect.arrayContaining(['get', 'head']));
        expect(listed(headers['access-control-allow-headers'])).toEqual(expect.arrayContaining(requested.split(',')));
        expect(Number(headers['access-control-max-age'])).toBeGreaterThan(0);
      }
    });

    it('every answer, a problem too, may be read by scripts, with the fields that they need', async () => {
      const audio = byteRoutes()[0] ?? '';
      const asked: readonly (readonly [string, Record<string, string>, number])[] = [
        [audio, {}, 200],
        [audio, { Range: 'bytes=0-1' }, 206],
        [audio, { Range: 'bytes=99999999-' }, 416],
        [audio, { 'If-None-Match': '*' }, 304],
        [audio, { 'If-Match': '"other"' }, 412],
        [byteRoutes()[2] ?? '', {}, 200],
        [byteRoutes()[2] ?? '', { Range: 'bytes=0-1' }, 206],
        [byteRoutes()[2] ?? '', { 'If-Match': '"other"' }, 412],
        ['/v1/tracks/none', {}, 404],
        ['/v1/tracks', {}, 200],
        ['/stream/%2e%2e/x', {}, 404],
      ];
      for (const [path, fields, status] of asked) {
        const answer = await subject.get(path, { Origin: 'https://player.example', ...fields });
        expect(answer.status).toBe(status);
        expect(answer.headers['access-control-allow-origin']).toBe('*');
        expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
        const exposed = listed(answer.headers['access-control-expose-headers']);
        expect(exposed).toEqual(expect.arrayContaining(EXPOSED));
      }
    });

    it('Private Network Access: a page of the public web may ask for a host at home', async () => {
      const { status, headers } = await subject.get(
        byteRoutes()[0] ?? '',
        {
          Origin: 'https://player.example',
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Private-Network': 'true',
        },
        'OPTIONS',
      );
      expect([status, headers['access-control-allow-private-network']]).toEqual([204, 'true']);
    });
  });
}
