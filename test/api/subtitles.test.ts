import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { createApp } from '../../lambdas/api/app.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { Authorizer, ObjectStore, Signer } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { openStores, publishedRecord, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { overridden } from '../support/overridden.ts';
import { mp3File } from '../support/tagged-files.ts';

const KEY = 'talks/my talk.mp3';
const SRT = '1\n00:00:01,000 --> 00:00:02,000\nGrüße <i>alle</i>\n';

let folders: TemporaryFolders;
let stores: EmbeddedStores;
let app: Hono;
let base: string;

const openDoor: Authorizer = { authorize: async () => ({ allowed: true }) };
const signer: Signer = { sign: async () => ({ url: '', expiresAtMs: 0 }) };

function appOn(changes: { sources?: ObjectStore; authorizer?: Authorizer } = {}): Hono {
  const config = { bucket: stores.config.bucket, headMaxAgeMs: 0 };
  return createApp({ ...stores, signer, authorizer: openDoor, config, ...changes });
}

beforeAll(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders);
  await folders.writeSource(KEY, mp3File([]).bytes);
  await ingestSource(stores, await eventFor(stores, KEY));
  base = `/v1/tracks/${(await publishedRecord(stores, KEY)).trackId}`;
  app = appOn();
});

afterAll(async () => {
  await stores.close();
  await folders.remove();
});

afterEach(async () => {
  const { objects } = await stores.sources.list({ prefix: 'talks/my talk.', limit: 100 });
  for (const { key } of objects) if (key !== KEY) await unlink(join(folders.sourceFolder, key));
});

const write = (name: string, text: string): Promise<void> =>
  folders.writeSource(`talks/${name}`, new TextEncoder().encode(text));

async function jsonOf(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await response).json()) as Record<string, unknown>;
}

const subtitles = async (): Promise<unknown> => (await jsonOf(app.request(base))).subtitles;

describe('subtitles', () => {
  it('are listed with the track, and only with it, as they lie there now', async () => {
    expect(await subtitles()).toBeUndefined();
    await write('my talk.srt', SRT);
    await write('my talk.pt_br.vtt', 'WEBVTT\n');
    await write('my talk.en.lrc', '[00:01.00]x');
    await write('my talk 2.en.vtt', 'WEBVTT\n');
    expect(await subtitles()).toEqual([
      { lang: 'en', url: `${base}/subtitles/en.vtt` },
      { lang: 'pt-BR', url: `${base}/subtitles/pt-BR.vtt` },
      { lang: 'und', url: `${base}/subtitles/und.vtt` },
    ]);
    expect(await jsonOf(app.request('/v1/tracks'))).toMatchObject({
      tracks: [expect.not.objectContaining({ subtitles: expect.anything() })],
    });
    await unlink(join(folders.sourceFolder, 'talks/my talk.srt'));
    expect(await subtitles()).toHaveLength(2);
  });

  /** Listed sources that begin as the track does, and come before its subtitles. */
  const besides = (count: number): ObjectStore => {
    const extra = Array.from({ length: count }, (_, i) => `talks/my talk.${String(i).padStart(6, '0')}.mp3`);
    return overridden<ObjectStore>(stores.sources, {
      list: async ({ prefix, after, limit }: { prefix: string; after?: string; limit: number }) => {
        const own = await stores.sources.list({ prefix, limit: 1000 });
        const objects = [
          ...extra.map((key) => ({ key, byteLength: 1, version: '1', lastModifiedMs: 0 })),
          ...own.objects,
        ].sort((a, b) => (a.key < b.key ? -1 : 1));
        const from = after === undefined ? 0 : objects.findIndex(({ key }) => key === after) + 1;
        const page = objects.slice(from, from + limit);
        const next = from + limit < objects.length ? page.at(-1)?.key : undefined;
        return { objects: page, ...(next !== undefined && { next }) };
      },
    });
  };

  it.each([
    [300, ['en', 'und']],
    [2500, ['en', 'und']],
    [6000, ['und']],
  ])('are found behind %i other sources of a longer name', async (count, languages) => {
    await write('my talk.srt', SRT);
    await write('my talk.en.vtt', 'WEBVTT\n');
    const crowded = appOn({ sources: besides(count) });
    const { subtitles: listed } = await jsonOf(crowded.request(base));
    expect(listed).toEqual(languages.map((lang) => ({ lang, url: `${base}/subtitles/${lang}.vtt` })));
    expect((await crowded.request(`${base}/subtitles/und.vtt`)).status).toBe(200);
  });

  it('are served as WebVTT', async () => {
    await write('my talk.srt', SRT);
    const response = await app.request(`${base}/subtitles/und.vtt`);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/vtt; charset=utf-8',
      'cache-control': 'public, no-cache',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      etag: expect.stringMatching(/^"[\w-]+-1"$/),
    });
    const body = await response.text();
    expect(body).toBe('WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nGrüße <i>alle</i>\n');
    const head = await app.request(`${base}/subtitles/und.vtt`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(Buffer.byteLength(body)),
      '',
    ]);
  });

  it('tell of the track as audio does, under a name of their own', async () => {
    await write('my talk.pt_br.srt', SRT);
    const ofTrack = [...(await app.request(`${base}/audio`)).headers].filter(([name]) => name.startsWith('cuepoint-'));
    expect(ofTrack).toHaveLength(6);
    const { headers } = await app.request(`${base}/subtitles/pt-BR.vtt`);
    expect(Object.fromEntries(headers)).toMatchObject({
      ...Object.fromEntries(ofTrack),
      'content-disposition': 'inline; filename="my talk.pt-BR.vtt"',
      'server-timing': expect.stringMatching(/^index;dur=[\d.]+, storage;dur=[\d.]+, total;dur=[\d.]+$/),
    });
  });

  it('of a track that cannot be played are served all the same, without what is not known', async () => {
    await folders.writeSource('talks/broken.mp3', new Uint8Array(5000));
    await ingestSource(stores, await eventFor(stores, 'talks/broken.mp3'));
    await write('broken.en.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n');
    const listed = (await jsonOf(app.request('/v1/tracks'))) as {
      tracks: { id: string; path: string; status: string }[];
    };
    const broken = listed.tracks.find(({ path }) => path === 'talks/broken.mp3');
    const response = await app.request(`/v1/tracks/${broken?.id}/subtitles/en.vtt`);
    expect([broken?.status, response.status]).toEqual(['failed', 200]);
    expect(response.headers.get('Content-Disposition')).toBe('inline; filename="broken.en.vtt"');
    expect([...response.headers.keys()].filter((name) => name.startsWith('cuepoint-'))).toEqual([]);
  });

  it('have a new ETag when the file changes', async () => {
    await write('my talk.en.srt', SRT);
    const etag = (await app.request(`${base}/subtitles/EN.vtt`)).headers.get('etag') ?? '';
    const again = (): Promise<Response> | Response =>
      app.request(`${base}/subtitles/en.vtt`, { headers: { 'If-None-Match': etag } });
    expect((await again()).status).toBe(304);
    await write('my talk.en.srt', `${SRT}\n2\n00:00:03,000 --> 00:00:04,000\nmore\n`);
    const changed = await again();
    expect([changed.status, (await changed.text()).includes('more')]).toEqual([200, true]);
  });

  it('come from WebVTT where there is a choice', async () => {
    await write('my talk.en.srt', SRT);
    await write('my talk.en.vtt', 'WEBVTT\n\n00:01.000 --> 00:02.000\nfrom vtt\n');
    expect(await (await app.request(`${base}/subtitles/en.vtt`)).text()).toContain('from vtt');
  });

  it.each([
    ['a language that there is not', 'de.vtt', SRT],
    ['no language', 'nonsense!.vtt', SRT],
    ['another extension', 'und.srt', SRT],
    ['a file without subtitles', 'und.vtt', 'Dear diary'],
    ['an empty file', 'und.vtt', ''],
    ['a file of more than 2 MiB', 'und.vtt', `${SRT}${' '.repeat(2 ** 21)}`],
  ])('are not found: %s', async (_, name, text) => {
    await write('my talk.srt', text);
    const response = await app.request(`${base}/subtitles/${name}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found', error: expect.stringMatching(/subtitles/) });
  });

  it('of no track are no track', async () => {
    expect((await app.request('/v1/tracks/nobody/subtitles/en.vtt')).status).toBe(404);
    expect((await app.request(`${base}/subtitles/en.vtt`, { method: 'PUT' })).status).toBe(405);
  });

  it('are asked for permission', async () => {
    const authorizer: Authorizer = {
      authorize: async ({ action, trackId }) => ({
        allowed: false,
        code: 'access_denied',
        reason: `${action} ${trackId}`,
      }),
    };
    const response = await appOn({ authorizer }).request(`${base}/subtitles/und.vtt`);
    expect([response.status, (await jsonOf(response)).error]).toEqual([403, `read ${base.split('/').at(-1)}`]);
  });

  it('do not take the track down when the sources cannot be asked', async () => {
    const sources = overridden<ObjectStore>(stores.sources, {
      list: () => Promise.reject(new CuepointError('unavailable', 'not mounted')),
    });
    const response = await appOn({ sources }).request(base);
    expect([response.status, (await jsonOf(response)).status]).toEqual([200, 'playable']);
  });
});
