/**
 * Objects as they are stored, under `/d/` and by the links of a plan: RFC 9110 sections 8, 13 and 14, RFC 8246, Fetch (CORS).
 */
import { derivedKeyOf } from '../e2e/session.ts';
import { jsonOf, type RawAnswer } from '../support/http-client.ts';
import { EXPOSED, listed } from './fields.ts';
import { IF_RANGE_CASES, PRECONDITION_CASES, type Validators } from './preconditions.ts';
import { expectVerdict, RANGE_ROWS } from './ranges.ts';
import { STORE_DIFFERENCES } from './store-differences.ts';
import type { Chunks, Fields, Subject } from './target.ts';

const ORIGIN = { Origin: 'https://player.example' };

type Stored = {
  /** Where the service, or the edge in front of it, has the object. */
  readonly path: string;
  /** Where a plan sends a client, with what it has to send there. */
  readonly link: string;
  readonly linkFields: Fields;
  /** All of the object. */
  readonly bytes: Buffer;
  /** What of it the link gives. */
  readonly linked: Buffer;
};

type ChunkOfPlan = {
  readonly startByte: number;
  readonly endByte: number;
  readonly url: string;
  readonly headers?: Fields;
};

const validatorsOf = ({ headers }: RawAnswer): Validators => {
  const etag = String(headers.etag);
  return { etag, lastModified: String(headers['last-modified']), revision: etag.slice(1, -1) };
};

/** Ranges as those send them who follow a link: one, well formed. */
const PLAIN_RANGES = RANGE_ROWS.filter(
  ({ section, header }) => section === '14.1.2' && /^bytes=(\d+-\d*|-\d+)$/.test(header),
);

export function storedConformance(subject: Subject, chunks: Chunks): void {
  async function storedChunk(number: number): Promise<Stored> {
    const { links, source } = subject.track;
    const plan = jsonOf(await subject.get(links.chunks ?? ''));
    const { startByte, endByte, url, headers }: ChunkOfPlan = plan.chunks[number];
    const chunk = Buffer.from(source.subarray(startByte, endByte));
    // With a Range to be sent, the chunk is a window of the copy of the source.
    const bytes = headers?.Range === undefined ? chunk : Buffer.from(source);
    return { path: `/${derivedKeyOf(url)}`, link: url, linkFields: headers ?? {}, bytes, linked: chunk };
  }

  describe('stored objects', () => {
    let stored: Stored;
    let validators: Validators;

    beforeAll(async () => {
      stored = await storedChunk(1);
      validators = validatorsOf(await subject.get(stored.path));
    });

    it('RFC 9110 section 8 and RFC 8246: all that is to be known of the object, and that it never changes', async () => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, body } = await subject.get(stored.path, ORIGIN, method);
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          'accept-ranges': 'bytes',
          'cache-control': 'public, max-age=31536000, immutable',
          'content-length': String(stored.bytes.length),
          'content-type': 'audio/wav',
          etag: expect.stringMatching(/^"[^"]+"$/),
          'last-modified': expect.stringMatching(/ GMT$/),
          'x-content-type-options': 'nosniff',
          'cross-origin-resource-policy': 'cross-origin',
          'timing-allow-origin': '*',
          'access-control-allow-origin': '*',
        });
        for (const name of ['content-encoding', 'vary', 'set-cookie']) expect(headers).not.toHaveProperty(name);
        expect(listed(headers['access-control-expose-headers'])).toEqual(expect.arrayContaining(EXPOSED));
        expect(Buffer.from(body).equals(method === 'GET' ? stored.bytes : Buffer.alloc(0))).toBe(true);
      }
    });

    it('what the service knows of the track is on what the service answers, and on nothing that a bucket does', async () => {
      const { headers } = await subject.get(stored.path);
      const ours = ['cuepoint-revision', 'cuepoint-duration', 'cuepoint-codec', 'content-disposition', 'server-timing'];
      const found = ours.filter((name) => headers[name] !== undefined);
      expect(found).toEqual(subject.target.isFromBucket(stored.path) ? [] : ours);
    });

    it.each(RANGE_ROWS)('section $section: $name ($header)', async ({ header, verdict, rule }) => {
      const answer = await subject.get(stored.path, { Range: header });
      const isWhole = rule?.status === 200 && !subject.target.isDirect;
      expectVerdict(answer, stored.bytes, isWhole ? 200 : verdict(stored.bytes.length));
    });

    it.each(PRECONDITION_CASES)('section %s: %s', async (_section, _name, fields, status) => {
      for (const method of ['GET', 'HEAD']) {
        expect((await subject.get(stored.path, fields(validators), method)).status).toBe(status);
      }
    });

    it.each(IF_RANGE_CASES)('section %s, If-Range: %s', async (_section, _name, fields, status) => {
      const answer = await subject.get(stored.path, { ...fields(validators), Range: 'bytes=0-1' });
      expect([answer.status, answer.body.length]).toEqual([status, status === 206 ? 2 : stored.bytes.length]);
    });

    it('sections 13 and 14: the same of objects that no cache in between holds so far', async () => {
      const [ranged, conditional] = [await storedChunk(2), await storedChunk(3)];
      expectVerdict(await subject.get(ranged.path, { Range: 'bytes=100-199' }), ranged.bytes, [[100, 200]]);
      expectVerdict(await subject.get(ranged.path, { Range: 'bytes=-7' }), ranged.bytes, [
        [ranged.bytes.length - 7, ranged.bytes.length],
      ]);
      const { etag } = validatorsOf(await subject.get(conditional.link, conditional.linkFields));
      expect((await subject.get(conditional.path, { 'If-Match': '"other"' })).status).toBe(412);
      expect((await subject.get(conditional.path, { 'If-None-Match': etag })).status).toBe(304);
    });
  });

  describe('links of a plan', () => {
    let stored: Stored;
    let validators: Validators;

    const follow = (fields: Fields = {}, method = 'GET'): Promise<RawAnswer> =>
      subject.get(stored.link, { ...stored.linkFields, ...fields }, method);
    const differing = (name: string, expected: number): number =>
      (subject.target.linksToBucket ? STORE_DIFFERENCES.find(({ request }) => request === name)?.status : undefined) ??
      expected;

    beforeAll(async () => {
      stored = await storedChunk(1);
      validators = validatorsOf(await follow());
    });

    it('RFC 9110 section 8 and Fetch: the bytes, what is to be known of them, for pages of any origin', async () => {
      const { status, headers, body } = await follow(ORIGIN);
      expect(status).toBe(chunks === 'objects' ? 200 : 206);
      expect(headers).toMatchObject({
        'accept-ranges': 'bytes',
        'cache-control': 'public, max-age=31536000, immutable',
        'content-length': String(stored.linked.length),
        'content-type': 'audio/wav',
        etag: expect.stringMatching(/^"[^"]+"$/),
        'last-modified': expect.stringMatching(/ GMT$/),
        'access-control-allow-origin': '*',
      });
      for (const name of ['content-encoding', 'set-cookie']) expect(headers).not.toHaveProperty(name);
      expect(listed(headers['access-control-expose-headers'])).toEqual(expect.arrayContaining(EXPOSED));
      expect(Buffer.from(body).equals(stored.linked)).toBe(true);
    });

    it('Fetch: the preflight for Range passes', async () => {
      const asked = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' };
      const { status, headers } = await subject.get(stored.link, { ...ORIGIN, ...asked }, 'OPTIONS');
      // Any ok status (Fetch, CORS-preflight fetch).
      expect([200, 204]).toContain(status);
      expect(['*', ORIGIN.Origin]).toContain(headers['access-control-allow-origin']);
      expect(listed(headers['access-control-allow-methods'])).toContain('get');
      expect(listed(headers['access-control-allow-headers'])).toContain('range');
    });

    it('a link of a bucket is for GET alone, as it is signed', async () => {
      const { status } = await follow({}, 'HEAD');
      expect(status).toBe(subject.target.linksToBucket ? 403 : 200);
    });

    if (chunks === 'windows') {
      it('a link to a window is signed for that window, and for no other', async () => {
        expect(stored.linkFields.Range).toMatch(/^bytes=\d+-\d+$/);
        for (const Range of ['bytes=0-99', 'bytes=0-']) expect((await follow({ Range })).status).toBe(403);
        expect((await subject.get(stored.link)).status).toBe(403);
      });
      return;
    }

    it.each(PLAIN_RANGES)('section $section: $name ($header)', async ({ name, header, verdict }) => {
      const answer = await follow({ Range: header });
      const expected = verdict(stored.bytes.length);
      if (expected === 416) expect(answer.status).toBe(differing(name, 416));
      else expectVerdict(answer, stored.bytes, expected);
    });

    it.each(PRECONDITION_CASES)('section %s: %s', async (_section, name, fields, status) => {
      expect((await follow(fields(validators))).status).toBe(differing(name, status));
    });

    it.each(IF_RANGE_CASES)('section %s, If-Range: %s', async (_section, name, fields, status) => {
      const answer = await follow({ ...fields(validators), Range: 'bytes=0-1' });
      expect(answer.status).toBe(differing(`If-Range: ${name}`, status));
    });
  });
}
