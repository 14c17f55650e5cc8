/** Plans: which chunks, which parts of them, and where to get them. */
import { joinChunks } from '../../web/join.ts';
import { collectBytes } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { marked, matroskaFile, opusClusters, opusHead } from '../support/matroska-file.ts';
import type { Session } from './session.ts';
import type { Track } from './target.ts';

export function plansSuite(session: () => Session, track: () => Track, source: Uint8Array): void {
  describe('plans', () => {
    it('tiles the track', async () => {
      const plan = jsonOf(await session().get(track().links.chunks ?? ''));
      expect(plan).toMatchObject({
        track: track().id,
        revision: track().revision,
        startByte: 0,
        endByte: source.length,
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
      expect([byte, sample]).toEqual([source.length, 280_000]);
    });

    it.each([
      ['?start=9&end=10', 1, { startSample: 72_000, endSample: 80_000 }],
      ['?start=9&end=10.000125', 2, { startSample: 72_000, endSample: 80_001 }],
      ['?start=0:30', 1, { startSample: 240_000, endSample: 280_000 }],
      ['?bytes=320043-320044', 2, { startByte: 320_043, endByte: 320_045 }],
      ['?bytes=-1', 1, { startByte: source.length - 1, endByte: source.length }],
    ])('resolves %s', async (query, chunkCount, shape) => {
      const plan = jsonOf(await session().get(`${track().links.chunks}${query}`));
      expect(plan).toMatchObject(shape);
      expect(plan.chunks).toHaveLength(chunkCount);
    });

    it('resolves a Range header', async () => {
      // A CDN cuts the answer by it.
      if (session().target.hasCdn) return;
      const byHeader = jsonOf(await session().get(track().links.chunks ?? '', { Range: 'bytes=100-199' }));
      expect(byHeader).toMatchObject({ startByte: 100, endByte: 200 });
    });

    it('resolves several ranges, by query and by a JSON body', async () => {
      const several = jsonOf(await session().get(`${track().links.chunks}?ranges=1-2,0:11-0:12,34-`));
      expect(several.plans.map((plan: { startSample: number }) => plan.startSample)).toEqual([8000, 88_000, 272_000]);
      if (session().target.hasCdn) return;
      const body = JSON.stringify({
        ranges: [{ start: 1, end: '2' }, { bytes: '5-6' }, { startSample: 3, endSample: 4 }],
      });
      const posted = await rawRequest(`${session().target.url}${track().links.chunks}:resolve`, {
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
      const { chunks } = jsonOf(await session().get(`${track().links.chunks}?start=5&end=15`));
      for (const chunk of chunks) {
        const { status, headers, body } = await session().get(chunk.url, chunk.headers);
        expect([200, 206]).toContain(status);
        expect(headers).toMatchObject({ 'content-type': 'audio/wav' });
        expect(Buffer.from(body).equals(source.subarray(chunk.startByte, chunk.endByte))).toBe(true);
        expect(Date.parse(chunk.expiresAt)).toBeGreaterThan(Date.now());
      }
      const { url } = chunks[0];
      if (session().target.location === 'windows') expect((await session().get(url)).status).toBe(403);
      const tampered = url.replace(
        /signature=(.)/i,
        (_: string, first: string) => `signature=${first === 'A' ? 'B' : 'A'}`,
      );
      expect(tampered).not.toBe(url);
      expect((await session().get(tampered, chunks[0].headers)).status).toBe(403);
    });

    it('is all that a small client needs to have any range', async () => {
      const bytes = await collectBytes(
        joinChunks(`${session().target.url}${track().links.chunks}?bytes=300000-700000`),
      );
      expect(Buffer.from(bytes).equals(source.subarray(300_000, 700_001))).toBe(true);
    });

    it('has all that a decoder of bare frames needs', async () => {
      const { bytes, marks } = matroskaFile({ clusters: opusClusters(700, 1) });
      const { links } = await session().upload('frames/talk.webm', bytes);
      const plan = jsonOf(await session().get(links.chunks ?? ''));
      expect(plan.decoder).toEqual({
        codec: 'opus',
        sampleRate: 48_000,
        numberOfChannels: 2,
        description: { base64: Buffer.from(opusHead()).toString('base64') },
      });
      expect(plan.chunks.length).toBe(2);
      const frames = marked(marks, 'frame');
      const table = jsonOf(await session().get(plan.chunks[1].packets.url));
      const own = table.startByte.slice(table.prerollFrames);
      // 1.5 s of preroll, and from second 10 on the chunk's own.
      expect([table.prerollFrames, own.length]).toEqual([75, 200]);
      expect(table.startByte).toEqual(frames.slice(425).map(({ startByte }) => startByte));
      expect(plan.chunks[1].preroll.startByte).toBeLessThanOrEqual(table.startByte[0]);
      const unsigned = await session().get(new URL(plan.chunks[1].packets.url, session().target.url).pathname);
      expect(unsigned.status).toBe(
        (await session().get(new URL(plan.chunks[1].url, session().target.url).pathname)).status,
      );
    });

    it('goes page by page', async () => {
      const first = jsonOf(await session().get(`${track().links.chunks}?limit=3`));
      expect([first.chunks.length, first.next]).toEqual([3, 3]);
      const second = jsonOf(await session().get(`${track().links.chunks}?limit=3&from=${first.next}`));
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
      const answer = await session().get(`${track().links.chunks}${query}`);
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
      const answer = await rawRequest(`${session().target.url}${track().links.chunks}:resolve`, {
        method: 'POST',
        body,
      });
      if (session().target.hasCdn) expect([403, 405]).toContain(answer.status);
      else expect([answer.status, jsonOf(answer).code]).toEqual([400, 'invalid_body']);
    });
  });

  it('refuses a body that is larger than any list of ranges', async () => {
    const body = `{"ranges":[${'{"start":1},'.repeat(9000)}{"start":1}]}`;
    if (session().target.hasCdn) return;
    const answer = await rawRequest(`${session().target.url}${track().links.chunks}:resolve`, { method: 'POST', body });
    expect([answer.status, jsonOf(answer).code]).toEqual([413, 'body_too_large']);
  });

  it('gives many ranges no more chunks than one', async () => {
    const { plans } = jsonOf(await session().get(`${track().links.chunks}?limit=6&ranges=0-,0-,0-`));
    expect(plans.map((plan: { chunks: unknown[]; next?: number }) => [plan.chunks.length, plan.next])).toEqual([
      [4, undefined],
      [2, 2],
      [0, 0],
    ]);
  });
}
