import { rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Hono } from 'hono';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiConfig, ApiContext } from '../../lambdas/api/ports.ts';
import { storePart } from '../../lambdas/api/store-part.ts';
import { partAsked } from '../../lambdas/api/track-part.ts';
import { TrackReader } from '../../lambdas/api/track-reader.ts';
import type { Authorizer, Signer } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import {
  collectBytes,
  objectBytes,
  openStores,
  publishedRecord,
  type TemporaryFolders,
  temporaryFolders,
} from '../support/embedded-fixture.ts';
import { StoreCopier } from '../support/store-copier.ts';

const KEY = 'a talk.wav';
const SECONDS = 10;
const SOURCE = wavFile(SECONDS);
/** Less than two of its chunks, which are a second each. */
const MAX_BODY_BYTES = 50_000;

let folders: TemporaryFolders;
let stores: EmbeddedStores;
let copier: StoreCopier;
let capped: Hono;
let uncapped: Hono;
let trackId: string;
let revision: string;

const openDoor: Authorizer = { authorize: async () => ({ allowed: true }) };
const signer: Signer = {
  sign: async ({ key, origin = 'none' }) => ({ url: `${origin}/${key}?signed`, expiresAtMs: 0 }),
};

function contextWith(config: Partial<ApiConfig>): ApiContext {
  const base = { bucket: stores.config.bucket, headMaxAgeMs: 0 };
  return { ...stores, signer, copier, authorizer: openDoor, config: { ...base, ...config } };
}

async function prepare(location: 'objects' | 'windows'): Promise<void> {
  folders = await temporaryFolders();
  const chunking = { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } as const;
  stores = await openStores(folders, { chunking, location });
  copier = new StoreCopier(stores);
  await folders.writeSource(KEY, SOURCE);
  await ingestSource(stores, await eventFor(stores, KEY));
  const record = await publishedRecord(stores, KEY);
  trackId = record.trackId;
  revision = record.published.revision;
  capped = createApp(contextWith({ maxBodyBytes: MAX_BODY_BYTES }));
  uncapped = createApp(contextWith({}));
}

async function dismiss(): Promise<void> {
  await stores.close();
  await folders.remove();
}

const audio = (query = ''): string => `/v1/tracks/${trackId}/audio${query}`;
const derived = (name: string): string => `/d/${trackId}/${revision}/${name}`;
const bodyOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

/** As clients and a bucket behind a CDN do it: the object that the redirect names, with the Range of the request. */
async function followed(path: string, headers: Record<string, string> = {}) {
  const first = await capped.request(path, { headers });
  const location = first.headers.get('Location');
  if (first.status !== 307 || location === null) return { redirects: 0, response: first };
  return { redirects: 1, response: await uncapped.request(location, { headers }) };
}

describe('a body longer than the host can answer with', () => {
  beforeEach(() => prepare('objects'));
  afterEach(dismiss);

  it.each([
    ['all of it', '', undefined, 'source'],
    ['an open range', '', 'bytes=0-', 'source'],
    ['the rest', '', 'bytes=100-', 'source'],
    ['a long suffix', '', 'bytes=-60000', 'source'],
    ['one byte too many', '', `bytes=7-${7 + MAX_BODY_BYTES}`, 'source'],
    ['several ranges', '', 'bytes=0-29999,40000-69999', 'source'],
    ['bytes that are all of it', `?bytes=0-${SOURCE.length - 1}`, undefined, 'source'],
    ['a part by bytes', '?bytes=1000-200000', undefined, 'parts/b1000-200001.wav'],
    ['a part by time', '?start=1&end=0:05', undefined, 'parts/s8000-40000.wav'],
    ['a long range of a part', '?start=1&end=5', 'bytes=10-70000', 'parts/s8000-40000.wav'],
  ])('%s: is one object, to which a redirect leads', async (_, query, range, name) => {
    const headers = range === undefined ? {} : { Range: range };
    const response = await capped.request(audio(query), { headers });
    expect(response.status).toBe(307);
    expect(await response.text()).toBe('');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location: derived(name),
      'cache-control': 'no-store',
      'content-length': '0',
      'access-control-allow-origin': '*',
      'cuepoint-revision': revision,
    });
    const stored = await stores.media.head(derived(name).slice(1));
    expect(stored).toMatchObject({ contentType: 'audio/wav', cacheControl: 'public, max-age=31536000, immutable' });
    const whole = await bodyOf(await uncapped.request(audio(query)));
    expect(whole.equals(await objectBytes(stores, derived(name).slice(1)))).toBe(true);
  });

  it('a HEAD is redirected where its GET would be', async () => {
    const response = await capped.request(audio(), { method: 'HEAD' });
    expect([response.status, response.headers.get('Location')]).toEqual([307, derived('source')]);
    const short = await capped.request(audio('?bytes=0-99'), { method: 'HEAD' });
    expect([short.status, short.headers.get('Content-Length')]).toEqual([200, '100']);
  });

  it.each([
    ['a range', 206, { Range: 'bytes=5-1004' }],
    ['the longest body', 206, { Range: `bytes=7-${6 + MAX_BODY_BYTES}` }],
    ['what the client has', 304, { 'If-None-Match': '*' }],
    ['a failed precondition', 412, { 'If-Match': '"another"' }],
    ['nothing', 416, { Range: `bytes=${SOURCE.length}-` }],
  ])('%s: is answered here, with %i, and nothing is stored', async (_, status, headers) => {
    const response = await capped.request(audio(), { headers });
    expect(response.status).toBe(status);
    expect(copier.copies).toEqual([]);
    if (!('Range' in headers) || status !== 206) return;
    const [first = 0, last = 0] = headers.Range.slice('bytes='.length).split('-').map(Number);
    expect((await bodyOf(response)).equals(SOURCE.subarray(first, last + 1))).toBe(true);
  });

  it('tells of a part by time what to trim, as it does without a redirect', async () => {
    const query = '?start=1&end=5';
    const [redirected, answered] = [await capped.request(audio(query)), await uncapped.request(audio(query))];
    for (const name of ['Cuepoint-Skip-Samples', 'Cuepoint-Take-Samples']) {
      expect(redirected.headers.get(name)).toMatch(/^\d+$/);
      expect(redirected.headers.get(name)).toBe(answered.headers.get(name));
    }
  });

  it('is copied inside of the store, once', async () => {
    for (const range of ['bytes=0-', 'bytes=9-', 'bytes=-60000']) {
      await capped.request(audio(), { headers: { Range: range } });
    }
    expect(copier.copies).toEqual([derived('source').slice(1)]);
  });

  it('a part is stored once', async () => {
    const puts: string[] = [];
    const media = new Proxy(stores.media, {
      get: (target, name) => {
        if (name === 'put') puts.push('put');
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const app = createApp({ ...contextWith({ maxBodyBytes: MAX_BODY_BYTES }), media });
    for (let i = 0; i < 3; i++) await app.request(audio('?start=1&end=5'));
    expect(puts).toHaveLength(1);
  });

  it('whose source was replaced is made of its chunks', async () => {
    await folders.writeSource(KEY, wavFile(3, { seed: 2 }));
    const { redirects, response } = await followed(audio());
    expect([redirects, copier.copies]).toEqual([1, []]);
    expect((await bodyOf(response)).equals(SOURCE)).toBe(true);
  });

  it('any range, with at most one redirect, is what it is without a limit', async () => {
    const range = fc.tuple(fc.nat(SOURCE.length - 1), fc.nat(SOURCE.length - 1));
    const part = fc.option(fc.tuple(fc.nat(SECONDS - 2), fc.integer({ min: 1, max: SECONDS })), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(range, part, async ([a, b], times) => {
        const query = times === undefined ? '' : `?start=${times[0]}&end=${times[0] + times[1]}`;
        const headers = { Range: `bytes=${Math.min(a, b)}-${Math.max(a, b)}` };
        const { redirects, response } = await followed(audio(query), headers);
        const expected = await uncapped.request(audio(query), { headers });
        expect(response.status).toBe(expected.status);
        // A range past the end of the part is a problem document, which names the address.
        if (expected.status === 416) return;
        const body = await bodyOf(expected);
        expect((await bodyOf(response)).equals(body)).toBe(true);
        expect(redirects).toBe(body.length > MAX_BODY_BYTES ? 1 : 0);
      }),
      { numRuns: 60 },
    );
  });

  it('a part too long to be put together is refused in words', async () => {
    const context = contextWith({ maxBodyBytes: MAX_BODY_BYTES });
    const track = await new TrackReader(context).playable(trackId);
    const part = await partAsked(context, track, { bytes: '1-200000' });
    await expect(storePart(context, track, { ...part, byteLength: 2 ** 30 + 1 })).rejects.toMatchObject({
      code: 'answer_too_large',
      message: expect.stringContaining('1073741825 bytes; at most 1073741824'),
    });
    expect(await storePart(context, track, part)).toBe(derived('parts/b1-200001.wav').slice(1));
  });

  it('where nothing is had without a signature, the redirect has one, to the host that was asked', async () => {
    const signing = createApp(contextWith({ maxBodyBytes: MAX_BODY_BYTES, signsRedirects: true }));
    const response = await signing.request(`https://audio.example${audio()}`);
    expect(response.headers.get('Location')).toBe(`https://audio.example${derived('source')}?signed`);
  });
});

describe('an object under /d/ that was not found in the store', () => {
  beforeEach(() => prepare('objects'));
  afterEach(dismiss);

  it.each(['source', 'parts/b1000-200001.wav', 'parts/s8000-40000.wav'])(
    '%s: is stored, and looked for there once more',
    async (name) => {
      const response = await capped.request(derived(name));
      expect([response.status, response.headers.get('Location')]).toEqual([307, derived(name)]);
      expect(response.headers.get('Cache-Control')).toBe('no-store');
      expect(await stores.media.head(derived(name).slice(1))).toBeDefined();
    },
  );

  it('a chunk is made again, the same', async () => {
    const prefix = `d/${trackId}/${revision}/chunks/`;
    const [chunk] = (await stores.media.list({ prefix, limit: 1 })).objects;
    const before = await objectBytes(stores, chunk?.key ?? '');
    await stores.media.delete(chunk?.key ?? '');
    const tight = createApp(contextWith({ maxBodyBytes: 1000 }));
    const response = await tight.request(`/${chunk?.key}`);
    expect([response.status, response.headers.get('Location')]).toEqual([307, `/${chunk?.key}`]);
    expect(before.length).toBeGreaterThan(1000);
    expect(Buffer.from(before).equals(await objectBytes(stores, chunk?.key ?? ''))).toBe(true);
  });

  it('what is short enough is answered, and kept for ever', async () => {
    const response = await capped.request(derived('parts/s8000-9000.wav'));
    expect([response.status, response.headers.get('Cache-Control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ]);
    const expected = await uncapped.request(audio('?start=1&end=1.125'));
    expect((await bodyOf(response)).equals(await bodyOf(expected))).toBe(true);
    expect(response.headers.get('Cuepoint-Take-Samples')).toBe('1000');
  });

  it.each([
    ['reversed', 'parts/b9-3.wav'],
    ['empty', 'parts/b3-3.wav'],
    ['past the end', `parts/b3-${SOURCE.length + 1}.wav`],
    ['samples past the end', `parts/s0-${SECONDS * 8000 + 1}.wav`],
    ['written another way', 'parts/b03-9.wav'],
    ['of another type', 'parts/b3-9.mp3'],
    ['all of it under another name', `parts/b0-${SOURCE.length}.wav`],
    ['of no kind', 'parts/x3-9.wav'],
  ])('a part that is %s is not found', async (_, name) => {
    expect((await capped.request(derived(name))).status).toBe(404);
    expect(await stores.media.head(derived(name).slice(1))).toBeUndefined();
  });

  it('of another revision is not found', async () => {
    expect((await capped.request(derived('source').replace(revision, 'a'.repeat(26)))).status).toBe(404);
  });
});

describe('with chunks that are windows of one copy', () => {
  beforeEach(() => prepare('windows'));
  afterEach(dismiss);

  it('the copy is what the redirect leads to', async () => {
    expect((await capped.request(audio())).headers.get('Location')).toBe(derived('source'));
    expect(copier.copies).toEqual([]);
  });

  it('a copy that is gone comes back from the source, inside of the store', async () => {
    await rm(join(folders.dataFolder, 'media', 'd', trackId), { recursive: true });
    const { redirects, response } = await followed(audio());
    expect([redirects, copier.copies]).toEqual([1, [derived('source').slice(1)]]);
    expect((await bodyOf(response)).equals(SOURCE)).toBe(true);
  });

  it('a copy that is gone with its source is lost, and said so', async () => {
    await rm(join(folders.dataFolder, 'media', 'd', trackId), { recursive: true });
    await unlink(join(folders.sourceFolder, KEY));
    const response = await capped.request(audio());
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'chunk_lost' });
  });
});

describe('the copier of these tests', () => {
  beforeEach(() => prepare('objects'));
  afterEach(dismiss);

  it('refuses another version, as the port wants it', async () => {
    const to = { key: 'd/x/y/source', attributes: { contentType: 'audio/wav' } };
    await expect(copier.copy({ from: { key: KEY, version: 'other' }, to })).rejects.toMatchObject({
      code: 'source_changed',
    });
    const object = await stores.sources.get(KEY);
    await copier.copy({ from: { key: KEY, version: object?.info.version ?? '' }, to });
    const copy = await stores.media.get(to.key);
    expect(copy && (await collectBytes(copy.body)).length).toBe(SOURCE.length);
  });
});
