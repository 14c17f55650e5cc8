/** Names, bad files, bad requests. */
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { jsonOf } from '../support/http-client.ts';
import type { Session } from './session.ts';
import type { Track } from './target.ts';

/** @param key the path of `track` */
export function requestsSuite(session: () => Session, track: () => Track, key: string): void {
  describe('lists', () => {
    it('lists by folder and page', async () => {
      for (const path of ['shelf/a.wav', 'shelf/b/c.wav', 'shelf-2/d.wav']) await session().upload(path, wavFile(1));
      const paths = async (query: string): Promise<string[]> =>
        jsonOf(await session().get(`/v1/tracks${query}`)).tracks.map((found: Track) => found.path);
      expect(await paths('?folder=shelf')).toEqual(['shelf/a.wav', 'shelf/b/c.wav']);
      expect(await paths('?folder=shelf/b')).toEqual(['shelf/b/c.wav']);
      expect(await paths('?folder=none')).toEqual([]);

      const all: string[] = [];
      let cursor = '';
      do {
        const page = jsonOf(await session().get(`/v1/tracks?limit=1${cursor && `&cursor=${cursor}`}`));
        all.push(...page.tracks.map((found: Track) => found.path));
        cursor = page.next ?? '';
      } while (cursor);
      expect(all).toEqual(await paths(''));
      expect(all).toContain(key);
      expect((await session().get('/v1/tracks?cursor=!!')).status).toBe(400);
    });
  });

  describe('awkward keys', () => {
    it.each([
      'sp ace & plus+.wav',
      'percent%20sign%.wav',
      'hash#1?.wav',
      'ünïcødé/日本 🎵.wav',
      'quote\'".wav',
      'a..b/c...wav',
    ])('serves %s', async (path) => {
      const source = wavFile(1, { seed: path.length });
      const found = await session().upload(path, source);
      const { status, body } = await session().get(found.links.stream ?? '');
      expect(status).toBe(200);
      expect(Buffer.from(body).equals(source)).toBe(true);
    });

    it.each([
      '/stream/../package.json',
      '/stream/%2e%2e/%2e%2e/etc/passwd',
      '/stream/..%2f..%2fetc%2fpasswd',
      '/stream/a%00b.wav',
      '/stream/%ff',
      '/d/../../etc/passwd',
      '/d/%2e%2e%2f%2e%2e%2fetc/passwd',
      '/stream//etc/passwd',
      '/stream/',
      '/nothing',
    ])('gives nothing away for %s', async (path) => {
      const answer = await session().get(path);
      // The CDN turns away what has dot segments before it asks anybody.
      expect(session().target.hasCdn ? [400, 404] : [404]).toContain(answer.status);
      expect(jsonOf(answer)).toMatchObject({ status: answer.status });
    });
  });

  describe('bad input', () => {
    it.each<[string, string, Uint8Array, string]>([
      ['an empty file', 'bad/empty.mp3', new Uint8Array(0), 'empty_file'],
      ['text named .mp3', 'bad/text.mp3', new TextEncoder().encode('la la la\n'.repeat(3000)), 'unsupported_format'],
      ['noise', 'bad/noise.flac', noise(50_000), 'unsupported_format'],
      ['a cut header', 'bad/cut.wav', wavFile(1).subarray(0, 30), 'malformed_header'],
      ['a header alone', 'bad/header.wav', wavFile(1).subarray(0, 44), 'no_audio'],
      ['zeros', 'bad/zeros.mp3', new Uint8Array(200_000), 'unsupported_format'],
    ])('ends %s as failed, with a reason', async (_, path, bytes, code) => {
      const found = await session().upload(path, bytes);
      expect(found).toMatchObject({ status: 'failed', reason: { code, message: expect.stringMatching(/\w+ .*\w/) } });
      const answer = await session().get(`/stream/${path}`);
      expect([answer.status, jsonOf(answer).code]).toEqual([422, 'track_failed']);
    });
  });

  describe('methods', () => {
    it('refuses what changes things, and says what is allowed', async () => {
      for (const path of ['/v1/tracks', track().links.audio ?? '', track().links.stream ?? '']) {
        for (const method of ['PUT', 'DELETE', 'PATCH']) {
          const answer = await session().get(path, {}, method);
          if (session().target.hasCdn) expect([403, 405]).toContain(answer.status);
          else expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
        }
      }
      if (session().target.hasCdn) return;
      expect((await session().get(`${track().links.chunks}:resolve`)).headers.allow).toBe('POST, OPTIONS');
    });

    it('answers a preflight for Range', async () => {
      const answer = await session().get(
        track().links.stream ?? '',
        {
          Origin: 'https://player.example',
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'range',
        },
        'OPTIONS',
      );
      expect(answer.status).toBe(204);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*' });
      expect(String(answer.headers['access-control-allow-headers']).toLowerCase()).toContain('range');
      const simple = await session().get(track().links.stream ?? '', {
        Origin: 'https://player.example',
        Range: 'bytes=0-1',
      });
      expect(String(simple.headers['access-control-expose-headers'])).toContain('Content-Range');
    });
  });
}
