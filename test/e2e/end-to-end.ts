/**
 * What a user sees, over HTTP. Written against a target, so that the same suite runs wherever Cuepoint runs.
 */
import { joinChunks } from '../../web/join.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { collectBytes } from '../support/embedded-fixture.ts';
import { jsonOf, type RawAnswer, rawRequest } from '../support/http-client.ts';
import { marked, matroskaFile, opusClusters, opusHead } from '../support/matroska-file.ts';

export type Target = {
  readonly url: string;
  /** Where chunks lie: objects of their own, or windows of one. */
  readonly location: 'objects' | 'windows';
  putSource(key: string, bytes: Uint8Array): Promise<void>;
  removeSource(key: string): Promise<void>;
  /** Loses an object of the media bucket behind the service's back, or cuts it to `byteLength`. */
  damage(key: string, byteLength?: number): Promise<void>;
  close(): Promise<void>;
};

type Track = {
  readonly id: string;
  readonly revision: string;
  readonly path: string;
  readonly status: string;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly links: Record<string, string>;
  readonly [field: string]: unknown;
};

const SOURCE = wavFile(35, { seed: 7 });
const KEY = 'lectures/on time.wav';
const SETTLE_MS = 15_000;

export function endToEnd(name: string, start: () => Promise<Target>): void {
  describe(`end to end on ${name}`, () => {
    let target: Target;
    let track: Track;

    const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> =>
      rawRequest(path.startsWith('http') ? path : `${target.url}${path}`, { method, headers });

    async function trackAt(path: string): Promise<Track | undefined> {
      const list = jsonOf(await get('/v1/tracks?limit=1000'));
      return list.tracks.find((candidate: Track) => candidate.path === path);
    }

    async function settled(path: string, isSettled: (track: Track | undefined) => boolean): Promise<Track> {
      const deadline = Date.now() + SETTLE_MS;
      for (;;) {
        const found = await trackAt(path);
        if (isSettled(found)) return found as Track;
        if (Date.now() > deadline) throw new Error(`${path} did not settle: ${JSON.stringify(found)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }

    const isDone = (found: Track | undefined): boolean => found?.status === 'playable' || found?.status === 'failed';

    async function upload(path: string, bytes: Uint8Array): Promise<Track> {
      const before = await trackAt(path);
      await target.putSource(path, bytes);
      return settled(path, (found) => isDone(found) && (found?.revision !== before?.revision || before === undefined));
    }

    beforeAll(async () => {
      target = await start();
      track = await upload(KEY, SOURCE);
    }, 60_000);

    afterAll(async () => {
      await target.close();
    });

    it('describes the track', async () => {
      expect(track).toMatchObject({
        path: KEY,
        status: 'playable',
        container: 'wav',
        codec: 'pcm_s16le',
        mimeType: 'audio/wav',
        sampleRate: 8000,
        channels: 2,
        totalSamples: 280_000,
        durationSeconds: 35,
        byteLength: SOURCE.length,
        chunkCount: 4,
        bitrate: 256_000,
        chunking: { strategy: 'duration', targetSeconds: 10, location: target.location },
        progress: { bytesDone: SOURCE.length, bytesTotal: SOURCE.length, chunksDone: 4 },
        etag: `"${track.revision}"`,
        tags: {},
        warnings: [],
        links: { stream: '/stream/lectures/on%20time.wav' },
      });
      expect(jsonOf(await get(`/v1/tracks/${track.id}`))).toEqual(track);
    });

    describe('bytes', () => {
      const routes = (): string[] => [track.links.audio ?? '', track.links.stream ?? ''];

      it('gives the whole source on both routes', async () => {
        for (const route of routes()) {
          const { status, headers, body } = await get(route);
          expect(status).toBe(200);
          expect(headers).toMatchObject({
            'content-type': 'audio/wav',
            'content-length': String(SOURCE.length),
            'accept-ranges': 'bytes',
            etag: `"${track.revision}"`,
            'x-content-type-options': 'nosniff',
            'content-disposition': 'inline; filename="on time.wav"',
          });
          expect(Buffer.from(body).equals(SOURCE)).toBe(true);
        }
      });

      it('gives any range of it, to the byte', async () => {
        let seed = 1;
        const random = (below: number): number => {
          seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
          return Math.floor((seed / 2 ** 32) * below);
        };
        for (let i = 0; i < 150; i++) {
          const first = random(SOURCE.length);
          const last = Math.min(SOURCE.length - 1, first + random(i % 2 === 0 ? 2000 : 600_000));
          const route = routes()[i % 2] ?? '';
          const { status, headers, body } = await get(route, { Range: `bytes=${first}-${last}` });
          expect(status).toBe(206);
          expect(headers['content-range']).toBe(`bytes ${first}-${last}/${SOURCE.length}`);
          expect(headers['content-length']).toBe(String(last - first + 1));
          expect(Buffer.from(body).equals(SOURCE.subarray(first, last + 1))).toBe(true);
        }
      });

      it.each([
        ['a probe as Safari sends it', 'bytes=0-1', 0, 2],
        ['an open range', 'bytes=1000000-', 1_000_000, SOURCE.length],
        ['a suffix', 'bytes=-44', SOURCE.length - 44, SOURCE.length],
        ['a suffix longer than the source', 'bytes=-99999999', 0, SOURCE.length],
        ['an end past the end', 'bytes=1000000-99999999', 1_000_000, SOURCE.length],
      ])('answers %s', async (_, range, startByte, endByte) => {
        const { status, headers, body } = await get(track.links.stream ?? '', { Range: range });
        expect(status).toBe(206);
        expect(headers['content-range']).toBe(`bytes ${startByte}-${endByte - 1}/${SOURCE.length}`);
        expect(Buffer.from(body).equals(SOURCE.subarray(startByte, endByte))).toBe(true);
      });

      it('answers several ranges as multipart/byteranges, across chunks', async () => {
        const { status, headers, body } = await get(track.links.audio ?? '', { Range: 'bytes=0-3,320000-320099,-5' });
        expect(status).toBe(206);
        const boundary = /boundary=(\S+)/.exec(String(headers['content-type']))?.[1];
        const parts = Buffer.from(body).toString('latin1').split(`--${boundary}`);
        expect(parts).toHaveLength(5);
        const bodies = parts.slice(1, 4).map((part) => part.slice(part.indexOf('\r\n\r\n') + 4, -2));
        expect(bodies).toEqual(
          [
            [0, 4],
            [320_000, 320_100],
            [SOURCE.length - 5, SOURCE.length],
          ].map(([from, to]) => Buffer.from(SOURCE.subarray(from, to)).toString('latin1')),
        );
        expect(headers['content-length']).toBe(String(body.length));
      });

      it('answers a range past the end with 416 and the length', async () => {
        const { status, headers, body } = await get(track.links.audio ?? '', { Range: `bytes=${SOURCE.length}-` });
        expect(status).toBe(416);
        expect(headers['content-range']).toBe(`bytes */${SOURCE.length}`);
        expect(JSON.parse(Buffer.from(body).toString())).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
      });

      it('keeps HEAD, validators and If-Range as RFC 9110 has them', async () => {
        const path = track.links.audio ?? '';
        const etag = `"${track.revision}"`;
        const head = await get(path, { Range: 'bytes=0-1' }, 'HEAD');
        expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(SOURCE.length), etag } });
        expect(head.body).toHaveLength(0);
        expect(await get(path, { 'If-None-Match': etag })).toMatchObject({ status: 304, headers: { etag } });
        expect((await get(path, { 'If-Match': '"other"' })).status).toBe(412);
        expect((await get(path, { Range: 'bytes=0-1', 'If-Range': etag })).status).toBe(206);
        const stale = await get(path, { Range: 'bytes=0-1', 'If-Range': '"other"' });
        expect([stale.status, stale.body.length]).toEqual([200, SOURCE.length]);
      });

      it('gives bytes by query', async () => {
        const { status, headers, body } = await get(`${track.links.audio}?bytes=319990-320009`);
        expect([status, headers['content-length']]).toEqual([200, '20']);
        expect(Buffer.from(body).equals(SOURCE.subarray(319_990, 320_010))).toBe(true);
        expect(headers.etag).not.toBe(`"${track.revision}"`);
      });

      it.each(['?ranges=1-2,3-4', '?bytes=0-9&start=1'])(
        'refuses what it would have to guess at: %s',
        async (query) => {
          expect((await get(`${track.links.audio}${query}`)).status).toBe(400);
        },
      );

      it('gives a time range of PCM to the sample, under a header of its own', async () => {
        const { status, headers, body } = await get(`${track.links.audio}?start=9.5&end=0:00:10.5`);
        expect([status, headers['cuepoint-skip-samples'], headers['cuepoint-take-samples']]).toEqual([
          200,
          '0',
          '8000',
        ]);
        expect(body.length).toBe(44 + 8000 * 4);
        expect(Buffer.from(body.subarray(44)).equals(SOURCE.subarray(44 + 9.5 * 32_000, 44 + 10.5 * 32_000))).toBe(
          true,
        );
        const range = await get(`${track.links.audio}?start=9.5&end=10.5`, { Range: 'bytes=40-47' });
        expect(Buffer.from(range.body).equals(body.subarray(40, 48))).toBe(true);
      });
    });

    describe('plans', () => {
      it('tiles the track', async () => {
        const plan = jsonOf(await get(track.links.chunks ?? ''));
        expect(plan).toMatchObject({
          track: track.id,
          revision: track.revision,
          startByte: 0,
          endByte: SOURCE.length,
          startSample: 0,
          endSample: 280_000,
          sampleRate: 8000,
        });
        let byte = 0;
        let sample = 0;
        for (const chunk of plan.chunks) {
          expect([chunk.startByte, chunk.startSample]).toEqual([byte, sample]);
          byte = chunk.endByte;
          sample = chunk.endSample;
        }
        expect([byte, sample]).toEqual([SOURCE.length, 280_000]);
      });

      it.each([
        ['?start=9&end=10', 1, { startSample: 72_000, endSample: 80_000 }],
        ['?start=9&end=10.000125', 2, { startSample: 72_000, endSample: 80_001 }],
        ['?start=0:30', 1, { startSample: 240_000, endSample: 280_000 }],
        ['?bytes=320043-320044', 2, { startByte: 320_043, endByte: 320_045 }],
        ['?bytes=-1', 1, { startByte: SOURCE.length - 1, endByte: SOURCE.length }],
      ])('resolves %s', async (query, chunkCount, shape) => {
        const plan = jsonOf(await get(`${track.links.chunks}${query}`));
        expect(plan).toMatchObject(shape);
        expect(plan.chunks).toHaveLength(chunkCount);
      });

      it('resolves a Range header, several ranges, and a JSON body', async () => {
        const byHeader = jsonOf(await get(track.links.chunks ?? '', { Range: 'bytes=100-199' }));
        expect(byHeader).toMatchObject({ startByte: 100, endByte: 200 });
        const several = jsonOf(await get(`${track.links.chunks}?ranges=1-2,0:11-0:12,34-`));
        expect(several.plans.map((plan: { startSample: number }) => plan.startSample)).toEqual([8000, 88_000, 272_000]);
        const body = JSON.stringify({
          ranges: [{ start: 1, end: '2' }, { bytes: '5-6' }, { startSample: 3, endSample: 4 }],
        });
        const posted = await rawRequest(`${target.url}${track.links.chunks}:resolve`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        });
        expect(posted.status).toBe(200);
        expect(jsonOf(posted).plans).toMatchObject([
          { startSample: 8000 },
          { startByte: 5, endByte: 7 },
          { startSample: 3 },
        ]);
      });

      it('signs URLs that give the chunks, and no others', async () => {
        const { chunks } = jsonOf(await get(`${track.links.chunks}?start=5&end=15`));
        for (const chunk of chunks) {
          const { status, headers, body } = await get(chunk.url, chunk.headers);
          expect([200, 206]).toContain(status);
          expect(headers).toMatchObject({ 'content-type': 'audio/wav' });
          expect(Buffer.from(body).equals(SOURCE.subarray(chunk.startByte, chunk.endByte))).toBe(true);
          expect(Date.parse(chunk.expiresAt)).toBeGreaterThan(Date.now());
        }
        const { url } = chunks[0];
        if (target.location === 'windows') expect((await get(url)).status).toBe(403);
        const tampered = url.replace(
          /signature=(.)/i,
          (_: string, first: string) => `signature=${first === 'A' ? 'B' : 'A'}`,
        );
        expect(tampered).not.toBe(url);
        expect((await get(tampered, chunks[0].headers)).status).toBe(403);
      });

      it('is all that a small client needs to have any range', async () => {
        const bytes = await collectBytes(joinChunks(`${target.url}${track.links.chunks}?bytes=300000-700000`));
        expect(Buffer.from(bytes).equals(SOURCE.subarray(300_000, 700_001))).toBe(true);
      });

      it('has all that a decoder of bare frames needs', async () => {
        const { bytes, marks } = matroskaFile({ clusters: opusClusters(700, 1) });
        const { links } = await upload('frames/talk.webm', bytes);
        const plan = jsonOf(await get(links.chunks ?? ''));
        expect(plan.decoder).toEqual({
          codec: 'opus',
          sampleRate: 48_000,
          numberOfChannels: 2,
          description: { base64: Buffer.from(opusHead()).toString('base64') },
        });
        expect(plan.chunks.length).toBe(2);
        const frames = marked(marks, 'frame');
        const table = jsonOf(await get(plan.chunks[1].packets.url));
        const own = table.startByte.slice(table.prerollFrames);
        // 1.5 s of preroll, and from second 10 on the chunk's own.
        expect([table.prerollFrames, own.length]).toEqual([75, 200]);
        expect(table.startByte).toEqual(frames.slice(425).map(({ startByte }) => startByte));
        expect(plan.chunks[1].preroll.startByte).toBeLessThanOrEqual(table.startByte[0]);
        const unsigned = await get(new URL(plan.chunks[1].packets.url, target.url).pathname);
        expect(unsigned.status).toBe((await get(new URL(plan.chunks[1].url, target.url).pathname)).status);
      });

      it('goes page by page', async () => {
        const first = jsonOf(await get(`${track.links.chunks}?limit=3`));
        expect([first.chunks.length, first.next]).toEqual([3, 3]);
        const second = jsonOf(await get(`${track.links.chunks}?limit=3&from=${first.next}`));
        expect(second.chunks.map((chunk: { number: number }) => chunk.number)).toEqual([3]);
        expect(second.next).toBeUndefined();
      });

      it.each([
        ['?start=abc', 400, 'invalid_parameter'],
        ['?start=5&end=4', 400, 'invalid_parameter'],
        ['?start=-1', 400, 'invalid_parameter'],
        ['?start=35', 416, 'range_not_satisfiable'],
        ['?bytes=5', 400, 'invalid_parameter'],
        ['?bytes=99999999-', 416, 'range_not_satisfiable'],
        ['?limit=0', 400, 'invalid_parameter'],
        ['?from=x', 400, 'invalid_parameter'],
        ['?ranges=', 400, 'invalid_parameter'],
        ['?bytes=0-1&start=3', 400, 'invalid_parameter'],
        ['?ranges=1-2&end=3', 400, 'invalid_parameter'],
      ])('refuses %s in words', async (query, status, code) => {
        const answer = await get(`${track.links.chunks}${query}`);
        expect(answer.status).toBe(status);
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(jsonOf(answer)).toMatchObject({ status, code, error: expect.stringMatching(/\w+ .*\w/) });
      });

      it.each([
        ['not json', '{'],
        ['no ranges', '{}'],
        ['an empty list', '{"ranges":[]}'],
        ['another member', '{"ranges":[{"from":1}]}'],
        ['more ranges than one may ask for', `{"ranges":[${'{"start":1},'.repeat(100)}{"start":1}]}`],
      ])('refuses a body that is %s', async (_, body) => {
        const answer = await rawRequest(`${target.url}${track.links.chunks}:resolve`, { method: 'POST', body });
        expect([answer.status, jsonOf(answer).code]).toEqual([400, 'invalid_body']);
      });
    });

    it('refuses a body that is larger than any list of ranges', async () => {
      const body = `{"ranges":[${'{"start":1},'.repeat(9000)}{"start":1}]}`;
      const answer = await rawRequest(`${target.url}${track.links.chunks}:resolve`, { method: 'POST', body });
      expect([answer.status, jsonOf(answer).code]).toEqual([413, 'body_too_large']);
    });

    it('gives many ranges no more chunks than one', async () => {
      const { plans } = jsonOf(await get(`${track.links.chunks}?limit=6&ranges=0-,0-,0-`));
      expect(plans.map((plan: { chunks: unknown[]; next?: number }) => [plan.chunks.length, plan.next])).toEqual([
        [4, undefined],
        [2, 2],
        [0, 0],
      ]);
    });

    describe('lists', () => {
      it('lists by folder and page', async () => {
        for (const path of ['shelf/a.wav', 'shelf/b/c.wav', 'shelf-2/d.wav']) await upload(path, wavFile(1));
        const paths = async (query: string): Promise<string[]> =>
          jsonOf(await get(`/v1/tracks${query}`)).tracks.map((found: Track) => found.path);
        expect(await paths('?folder=shelf')).toEqual(['shelf/a.wav', 'shelf/b/c.wav']);
        expect(await paths('?folder=shelf/b')).toEqual(['shelf/b/c.wav']);
        expect(await paths('?folder=none')).toEqual([]);

        const all: string[] = [];
        let cursor = '';
        do {
          const page = jsonOf(await get(`/v1/tracks?limit=1${cursor && `&cursor=${cursor}`}`));
          all.push(...page.tracks.map((found: Track) => found.path));
          cursor = page.next ?? '';
        } while (cursor);
        expect(all).toEqual(await paths(''));
        expect(all).toContain(KEY);
        expect((await get('/v1/tracks?cursor=!!')).status).toBe(400);
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
        const found = await upload(path, source);
        const { status, body } = await get(found.links.stream ?? '');
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
        const answer = await get(path);
        expect(answer.status).toBe(404);
        expect(jsonOf(answer)).toMatchObject({ status: 404 });
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
        const found = await upload(path, bytes);
        expect(found).toMatchObject({ status: 'failed', reason: { code, message: expect.stringMatching(/\w+ .*\w/) } });
        const answer = await get(`/stream/${path}`);
        expect([answer.status, jsonOf(answer).code]).toEqual([422, 'track_failed']);
      });
    });

    describe('methods', () => {
      it('refuses what changes things, and says what is allowed', async () => {
        for (const path of ['/v1/tracks', track.links.audio ?? '', track.links.stream ?? '']) {
          for (const method of ['PUT', 'DELETE', 'PATCH']) {
            const answer = await get(path, {}, method);
            expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
          }
        }
        expect((await get(`${track.links.chunks}:resolve`)).headers.allow).toBe('POST, OPTIONS');
      });

      it('answers a preflight for Range', async () => {
        const answer = await get(
          track.links.stream ?? '',
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
        const simple = await get(track.links.stream ?? '', { Origin: 'https://player.example', Range: 'bytes=0-1' });
        expect(String(simple.headers['access-control-expose-headers'])).toContain('Content-Range');
      });
    });

    describe('change', () => {
      it('makes a missing or cut chunk again from the source', async () => {
        const source = wavFile(25, { seed: 3 });
        const found = await upload('heal.wav', source);
        const { chunks } = jsonOf(await get(found.links.chunks ?? ''));
        const keyOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
        await target.damage(keyOf(chunks[0].url), target.location === 'windows' ? 100 : undefined);
        if (target.location === 'objects') await target.damage(keyOf(chunks[1].url), 100);
        const { status, body } = await get(found.links.audio ?? '');
        expect(status).toBe(200);
        expect(Buffer.from(body).equals(source)).toBe(true);

        await target.damage(keyOf(chunks[2].url), 50);
        expect(
          Buffer.from((await get(chunks[2].url, chunks[2].headers)).body).equals(source.subarray(chunks[2].startByte)),
        ).toBe(true);
      });

      it('serves a new edition under a new revision, and lets the old URLs live on', async () => {
        const [first, second] = [wavFile(12, { seed: 4 }), wavFile(14, { seed: 5 })];
        const before = await upload('edition.wav', first);
        const oldPlan = jsonOf(await get(before.links.chunks ?? ''));
        const after = await upload('edition.wav', second);
        expect(after.id).toBe(before.id);
        expect(after.revision).not.toBe(before.revision);

        const resumed = await get(after.links.stream ?? '', {
          Range: 'bytes=100-',
          'If-Range': `"${before.revision}"`,
        });
        expect(resumed.status).toBe(200);
        expect(Buffer.from(resumed.body).equals(second)).toBe(true);
        const old = await get(oldPlan.chunks[1].url, oldPlan.chunks[1].headers);
        expect(Buffer.from(old.body).equals(first.subarray(oldPlan.chunks[1].startByte))).toBe(true);
      });

      it('answers 410 for a removed track and 404 for one that never was', async () => {
        const found = await upload('gone.wav', wavFile(2));
        await target.removeSource('gone.wav');
        await settled('gone.wav', (candidate) => candidate === undefined);
        const gone = await get(`/v1/tracks/${found.id}`);
        expect([gone.status, jsonOf(gone).code]).toEqual([410, 'track_gone']);
        expect((await get(found.links.stream ?? '')).status).toBe(410);
        const never = await get('/v1/tracks/nosuchtrack');
        expect([never.status, jsonOf(never).code]).toEqual([404, 'track_not_found']);
      });

      it('names the chunk when neither store nor source has it', async () => {
        const found = await upload('lost.wav', wavFile(12, { seed: 6 }));
        const { chunks } = jsonOf(await get(found.links.chunks ?? ''));
        await target.putSource('lost.wav', noise(1000));
        await settled('lost.wav', (candidate) => JSON.stringify(candidate?.warnings).includes('replacement_failed'));
        await target.damage(decodeURIComponent(new URL(chunks[1].url).pathname.slice(1)));
        const answer = await get(found.links.audio ?? '', { Range: `bytes=${chunks[1].startByte}-` });
        expect(answer.status).toBe(500);
        const name = target.location === 'objects' ? 'chunk 1' : 'the copy of the source';
        expect(jsonOf(answer)).toMatchObject({ code: 'chunk_lost', error: expect.stringContaining(name) });
        // Also where it is not the first part of the body that is lost.
        expect(jsonOf(await get(found.links.audio ?? ''))).toMatchObject({ code: 'chunk_lost' });
      });

      it('redirects to one object where one is all that is asked for', async () => {
        const { chunks } = jsonOf(await get(track.links.chunks ?? ''));
        const isObject = target.location === 'objects';
        // A chunk is an object, or the source is: the other answer is the body itself.
        const [from, to] = isObject ? [chunks[1].startByte, chunks[1].endByte] : [0, SOURCE.length];
        const { status, headers } = await get(`${track.links.audio}?bytes=${from}-${to - 1}&delivery=redirect`);
        expect([status, headers['content-length']]).toEqual([307, '0']);
        const followed = await get(String(headers.location), { Range: 'bytes=10-19' });
        expect(Buffer.from(followed.body).equals(SOURCE.subarray(from + 10, from + 20))).toBe(true);
        const whole = await get(`${track.links.audio}?delivery=redirect`);
        expect(whole.status).toBe(isObject ? 200 : 307);
        expect((await get(`${track.links.audio}?bytes=5-100&delivery=redirect`)).status).toBe(200);
        expect((await get(`${track.links.audio}?delivery=pigeon`)).status).toBe(400);
        const known = await get(`${track.links.audio}?delivery=redirect`, { 'If-None-Match': `"${track.revision}"` });
        expect(known.status).toBe(304);
      });

      it('keeps what is for itself to itself', async () => {
        expect((await get(`/manifests/${track.id}/${track.revision}/manifest.json`)).status).toBe(404);
        expect((await get(`/d/${track.id}/${track.revision}/manifest.json`)).status).toBe(404);
      });
    });
  });
}
