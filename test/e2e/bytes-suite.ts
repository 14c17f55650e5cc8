/** Bytes of one source, by Range and by query. */
import type { Session } from './session.ts';
import type { Track } from './target.ts';

export function bytesSuite(session: () => Session, track: () => Track, source: Uint8Array): void {
  describe('bytes', () => {
    const routes = (): string[] => [track().links.audio ?? '', track().links.stream ?? ''];

    it('gives the whole source on both routes', async () => {
      for (const route of routes()) {
        const { status, headers, body } = await session().get(route);
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          'content-type': 'audio/wav',
          'content-length': String(source.length),
          'accept-ranges': 'bytes',
          etag: `"${track().revision}"`,
          'x-content-type-options': 'nosniff',
          'content-disposition': 'inline; filename="on time.wav"',
        });
        expect(Buffer.from(body).equals(source)).toBe(true);
      }
    });

    it('gives any range of it, to the byte', async () => {
      let seed = 1;
      const random = (below: number): number => {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      for (let i = 0; i < 150; i++) {
        const first = random(source.length);
        const last = Math.min(source.length - 1, first + random(i % 2 === 0 ? 2000 : 600_000));
        const route = routes()[i % 2] ?? '';
        const { status, headers, body } = await session().get(route, { Range: `bytes=${first}-${last}` });
        expect(status).toBe(206);
        expect(headers['content-range']).toBe(`bytes ${first}-${last}/${source.length}`);
        expect(headers['content-length']).toBe(String(last - first + 1));
        expect(Buffer.from(body).equals(source.subarray(first, last + 1))).toBe(true);
      }
    });

    it.each([
      ['a probe as Safari sends it', 'bytes=0-1', 0, 2],
      ['an open range', 'bytes=1000000-', 1_000_000, source.length],
      ['a suffix', 'bytes=-44', source.length - 44, source.length],
      ['a suffix longer than the source', 'bytes=-99999999', 0, source.length],
      ['an end past the end', 'bytes=1000000-99999999', 1_000_000, source.length],
    ])('answers %s', async (_, range, startByte, endByte) => {
      const { status, headers, body } = await session().get(track().links.stream ?? '', { Range: range });
      expect(status).toBe(206);
      expect(headers['content-range']).toBe(`bytes ${startByte}-${endByte - 1}/${source.length}`);
      expect(Buffer.from(body).equals(source.subarray(startByte, endByte))).toBe(true);
    });

    it('answers several ranges as multipart/byteranges, across chunks', async () => {
      const { status, headers, body } = await session().get(track().links.audio ?? '', {
        Range: 'bytes=0-3,320000-320099,-5',
      });
      expect(status).toBe(206);
      const boundary = /boundary="?([^\s"]+)/.exec(String(headers['content-type']))?.[1];
      const parts = Buffer.from(body).toString('latin1').split(`--${boundary}`);
      expect(parts).toHaveLength(5);
      const bodies = parts.slice(1, 4).map((part) => part.slice(part.indexOf('\r\n\r\n') + 4, -2));
      expect(bodies).toEqual(
        [
          [0, 4],
          [320_000, 320_100],
          [source.length - 5, source.length],
        ].map(([from, to]) => Buffer.from(source.subarray(from, to)).toString('latin1')),
      );
      expect(headers['content-length']).toBe(String(body.length));
    });

    it('answers a range past the end with 416 and the length', async () => {
      const { status, headers, body } = await session().get(track().links.audio ?? '', {
        Range: `bytes=${source.length}-`,
      });
      expect(status).toBe(416);
      expect(headers['content-range']).toBe(`bytes */${source.length}`);
      // A CDN that has the whole says it by itself, in its own words.
      if (session().target.hasCdn) return;
      expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
    });

    it('keeps HEAD, validators and If-Range as RFC 9110 has them', async () => {
      const path = track().links.audio ?? '';
      const etag = `"${track().revision}"`;
      const head = await session().get(path, { Range: 'bytes=0-1' }, 'HEAD');
      expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(source.length), etag } });
      expect(head.body).toHaveLength(0);
      const known = await session().get(path, { 'If-None-Match': etag });
      expect(known).toMatchObject({ status: 304, headers: { etag } });
      expect((await session().get(path, { 'If-Match': '"other"' })).status).toBe(412);
      expect((await session().get(path, { Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
      const stale = await session().get(path, { Range: 'bytes=0-1', 'If-Range': '"other"' });
      expect([stale.status, stale.body.length]).toEqual([200, source.length]);
    });

    it('gives bytes by query', async () => {
      const { status, headers, body } = await session().get(`${track().links.audio}?bytes=319990-320009`);
      expect([status, headers['content-length']]).toEqual([200, '20']);
      expect(Buffer.from(body).equals(source.subarray(319_990, 320_010))).toBe(true);
      expect(headers.etag).not.toBe(`"${track().revision}"`);
    });

    it.each(['?ranges=1-2,3-4', '?bytes=0-9&start=1'])('refuses what it would have to guess at: %s', async (query) => {
      expect((await session().get(`${track().links.audio}${query}`)).status).toBe(400);
    });

    it('gives a time range of PCM to the sample, under a header of its own', async () => {
      const { status, headers, body } = await session().get(`${track().links.audio}?start=9.5&end=0:00:10.5`);
      expect([status, headers['cuepoint-skip-samples'], headers['cuepoint-take-samples']]).toEqual([200, '0', '8000']);
      expect(body.length).toBe(44 + 8000 * 4);
      expect(Buffer.from(body.subarray(44)).equals(source.subarray(44 + 9.5 * 32_000, 44 + 10.5 * 32_000))).toBe(true);
      const range = await session().get(`${track().links.audio}?start=9.5&end=10.5`, { Range: 'bytes=40-47' });
      expect(Buffer.from(range.body).equals(body.subarray(40, 48))).toBe(true);
    });
  });
}
