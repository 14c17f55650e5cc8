/** What audio is answered with beside its bytes: problems, and the same to HEAD as to GET. */
import type { Hono } from 'hono';
import { createApp } from '../../lambdas/api/app.ts';
import type { Signer } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { openStores, publishedRecord, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

const KEY = 'a talk.wav';
const SOURCE = wavFile(3);
const signer: Signer = { sign: async ({ key }) => ({ url: `http://media/${key}`, expiresAtMs: 0 }) };

let folders: TemporaryFolders;
let stores: EmbeddedStores;
let app: Hono;
let audio: string;

beforeAll(async () => {
  folders = await temporaryFolders();
  stores = await openStores(folders, { location: 'windows' });
  await folders.writeSource(KEY, SOURCE);
  await ingestSource(stores, await eventFor(stores, KEY));
  audio = `/v1/tracks/${(await publishedRecord(stores, KEY)).trackId}/audio`;
  app = createApp({
    ...stores,
    signer,
    authorizer: { authorize: async () => ({ allowed: true }) },
    config: { bucket: stores.config.bucket, headMaxAgeMs: 0 },
  });
});

afterAll(async () => {
  await stores.close();
  await folders.remove();
});

describe('a problem instead of audio', () => {
  it.each([
    [
      412,
      { 'If-Match': '"another"' },
      'what lies here is not what the conditions of the request name; fetch it without them',
    ],
    [416, { Range: 'bytes=9999999-' }, `no requested byte exists: the length is ${SOURCE.length} bytes`],
  ])('%i has no name to be saved under, the audio has', async (status, headers, sentence) => {
    const problem = await app.request(audio, { headers });
    expect(problem.status).toBe(status);
    expect(problem.headers.get('Content-Disposition')).toBeNull();
    expect(problem.headers.get('ETag')).toMatch(/^".+"$/);
    expect(await problem.json()).toMatchObject({ status, error: sentence });
    const whole = await app.request(audio);
    expect(whole.headers.get('Content-Disposition')).toBe('inline; filename="a talk.wav"');
  });

  it.each(['/stream/', '/d/'])('%s is the address of nothing, for any method', async (address) => {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
      expect([method, (await app.request(address, { method })).status]).toEqual([method, 404]);
    }
    expect((await app.request(address, { method: 'OPTIONS' })).headers.get('Allow')).toBeNull();
  });
});

describe('RFC 9110 section 9.3.2: delivery=redirect answers HEAD as it answers GET', () => {
  it.each([
    ['the whole', 307, '', {}],
    ['a range of it', 307, '', { Range: 'bytes=0-9' }],
    ['what the client has', 304, '', { 'If-None-Match': '*' }],
    ['what it is not', 412, '', { 'If-Match': '"another"' }],
    ['a part that is no object', 200, '&bytes=1-9', {}],
    ['a pace that is none', 400, '&maxBytesPerSecond=fast', {}],
  ])('%s: %i', async (_, status, query, headers) => {
    const [get, head] = await Promise.all(
      ['GET', 'HEAD'].map((method) => app.request(`${audio}?delivery=redirect${query}`, { method, headers })),
    );
    expect([get?.status, head?.status]).toEqual([status, status]);
    const location = get?.headers.get('Location');
    expect(head?.headers.get('Location')).toBe(location);
    expect(location === null).toBe(status !== 307);
    expect(head?.headers.get('Content-Length')).toBe(get?.headers.get('Content-Length'));
    expect(await head?.text()).toBe('');
  });
});
