import type { Hono } from 'hono';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiConfig } from '../../lambdas/api/ports.ts';
import { AnalysedStores, samplesOf, wavOf } from '../support/analysed-stores.ts';
import { openStores, publishedRecord, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

const KEY = 'talk.wav';
const RATE = 8000;
const SOURCE = wavOf([{ seconds: 3 }, { seconds: 1, isSilent: true }, { seconds: 2.01 }]);

let folders: TemporaryFolders;
let service: AnalysedStores;
let app: Hono;
let self: string;

function appWith(config: Partial<ApiConfig> = {}): Hono {
  return createApp({
    ...service.stores,
    signer: { sign: async ({ key }) => ({ url: `/${key}`, expiresAtMs: 0 }) },
    authorizer: { authorize: async () => ({ allowed: true }) },
    config: { bucket: service.stores.config.bucket, headMaxAgeMs: 0, ...config },
  });
}

beforeAll(async () => {
  folders = await temporaryFolders();
  service = new AnalysedStores(await openStores(folders));
  await folders.writeSource(KEY, SOURCE);
  await service.ingest(KEY);
  app = appWith();
  self = `http://host/v1/tracks/${(await publishedRecord(service.stores, KEY)).trackId}`;
});

afterAll(async () => {
  await service.stores.close();
  await folders.remove();
});

const get = (path: string, init?: RequestInit) => app.request(`${self}${path}`, init);

/** What the tests look at of the bodies. */
type Body = {
  readonly code: string;
  readonly bits: number;
  readonly length: number;
  readonly data: number[];
  readonly silenceList: unknown[];
  readonly channels: unknown[];
};

async function bodyOf(response: Response | Promise<Response>): Promise<Body> {
  return (await (await response).json()) as Body;
}

it('is said to be on its way before the analysis, and to be tried again', async () => {
  for (const path of ['/waveform.dat', '/waveform.json', '/waveform.svg', '/analysis']) {
    const response = await get(path);
    expect([path, response.status, response.headers.get('Retry-After')]).toEqual([path, 503, '5']);
    expect(await response.json()).toMatchObject({ code: 'track_not_analysed' });
  }
  await service.analyseAll();
});

/** The definition: least and greatest 16-bit sample of each pixel; of the channels' mean, its fraction cut off. */
function defined(samplesPerPixel: number, startSample: number, endSample: number, lanes: 'mixed' | 'split'): number[] {
  const samples = samplesOf(SOURCE);
  const total = samples.length / 2;
  const values: number[] = [];
  const startPixel = Math.floor(startSample / samplesPerPixel);
  const endPixel = Math.ceil(Math.min(endSample, total) / samplesPerPixel);
  for (let pixel = startPixel; pixel < endPixel; pixel++) {
    const from = pixel * samplesPerPixel;
    const to = Math.min(total, from + samplesPerPixel);
    const lane = (of: (left: number, right: number) => number): void => {
      let [least, greatest] = [32_767, -32_768];
      for (let i = from; i < to; i++) {
        const value = of(samples[2 * i] ?? 0, samples[2 * i + 1] ?? 0);
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      }
      values.push(least, greatest);
    };
    if (lanes === 'mixed') lane((left, right) => Math.trunc((left + right) / 2) + 0);
    else for (const side of [0, 1]) lane((left, right) => (side === 0 ? left : right));
  }
  return values;
}

describe('waveform.json', () => {
  const total = samplesOf(SOURCE).length / 2;
  it.each([
    ['the usual zoom', '', 256, 0, total, 'mixed'],
    ['samples per pixel', '?samples_per_pixel=512', 512, 0, total, 'mixed'],
    ['audiowaveform’s name for it', '?zoom=1024', 1024, 0, total, 'mixed'],
    ['pixels per second', '?pixels_per_second=5', 1600, 0, total, 'mixed'],
    ['seconds a pixel', '?pixels_per_second=0.5', 16_000, 0, total, 'mixed'],
    ['a fraction that floating point has not', '?pixels_per_second=.1', 80_000, 0, total, 'mixed'],
    ['a zoom that is rounded down', '?pixels_per_second=7.000001', 1142, 0, total, 'mixed'],
    ['a range of time', '?zoom=256&start=1&end=2', 256, RATE, 2 * RATE, 'mixed'],
    ['a range as a fragment', '?zoom=256&t=2,3.5', 256, 2 * RATE, 3.5 * RATE, 'mixed'],
    ['the channels apart', '?zoom=512&channels=split', 512, 0, total, 'split'],
    ['a zoom beyond the track', '?zoom=1000000', 1_000_000, 0, total, 'mixed'],
  ] as const)('is what the definition says, pixel by pixel: %s', async (_, query, zoom, start, end, lanes) => {
    const response = await get(`/waveform.json${query}`);
    expect(response.status).toBe(200);
    const body = await bodyOf(response);
    expect(body).toMatchObject({ version: 2, sample_rate: RATE, samples_per_pixel: zoom, bits: 16 });
    // Zooms that a stored level divides are exact; 1600 is made of 256s, whose edges it does not share.
    if (zoom % 256 === 0) expect(body.data).toEqual(defined(zoom, start, end, lanes));
    else expect(body.length).toBe(defined(zoom, start, end, lanes).length / 2);
    // The negative control: the definition shifted by a sample is another waveform.
    if (zoom < total) expect(body.data).not.toEqual(defined(zoom + 1, start, end, lanes));
  });

  it('has 8 bits when asked, each a 256th', async () => {
    const { data, bits } = await bodyOf(get('/waveform.json?zoom=256&bits=8'));
    expect(bits).toBe(8);
    expect(data).toEqual(defined(256, 0, total, 'mixed').map((value) => Math.trunc(value / 256)));
  });
});

it('waveform.dat is the same in binary: version 1 of one channel, version 2 of two', async () => {
  const mixed = new DataView(await (await get('/waveform.dat?zoom=256')).arrayBuffer());
  const total = samplesOf(SOURCE).length / 2;
  const values = defined(256, 0, total, 'mixed');
  expect([0, 4, 8, 12, 16].map((at) => mixed.getInt32(at, true))).toEqual([1, 0, RATE, 256, values.length / 2]);
  expect(Array.from(values, (_, i) => mixed.getInt16(20 + 2 * i, true))).toEqual(values);
  const split = new DataView(await (await get('/waveform.dat?zoom=256&channels=split')).arrayBuffer());
  expect([split.getInt32(0, true), split.getInt32(20, true)]).toEqual([2, 2]);
});

it('waveform.svg is a picture with the name of the track', async () => {
  const response = await get('/waveform.svg');
  expect(response.headers.get('Content-Type')).toMatch('image/svg+xml');
  expect(await response.text()).toMatch(/^<svg .*<title>Waveform of talk\.wav<\/title>/);
});

describe('each answer', () => {
  it('has an ETag of its own, and 304 for who has it', async () => {
    const etags = new Set<string>();
    for (const path of [
      '/waveform.dat',
      '/waveform.dat?zoom=512',
      '/waveform.dat?bits=8',
      '/waveform.dat?channels=split',
      '/waveform.json',
      '/waveform.svg',
    ]) {
      const response = await get(path);
      const etag = response.headers.get('ETag') ?? '';
      expect(response.headers.get('Cache-Control')).toBe('public, no-cache');
      expect((await get(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
      etags.add(etag);
    }
    expect(etags.size).toBe(6);
  });

  it('tells of the track as audio does, under a name of its own', async () => {
    const audio = await get('/audio');
    const ofTrack = [...audio.headers].filter(([name]) => name.startsWith('cuepoint-'));
    expect(ofTrack).toHaveLength(6);
    for (const extension of ['dat', 'json', 'svg']) {
      for (const init of [{}, { method: 'HEAD' }, { headers: { Range: 'bytes=0-1' } }]) {
        const { headers } = await get(`/waveform.${extension}`, init);
        expect(Object.fromEntries(headers)).toMatchObject({
          ...Object.fromEntries(ofTrack),
          'content-disposition': `inline; filename="talk.${extension}"`,
          'server-timing': expect.stringMatching(/^index;dur=[\d.]+, storage;dur=[\d.]+, total;dur=[\d.]+$/),
        });
      }
    }
    const unsatisfiable = await get('/waveform.svg', { headers: { Range: 'bytes=9999999-' } });
    expect([unsatisfiable.status, unsatisfiable.headers.get('Content-Disposition')]).toEqual([416, null]);
  });

  it('knows ranges, HEAD and other methods', async () => {
    const whole = Buffer.from(await (await get('/waveform.dat')).arrayBuffer());
    const part = await get('/waveform.dat', { headers: { Range: 'bytes=4-11' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(4, 12));
    const head = await get('/waveform.dat', { method: 'HEAD' });
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, String(whole.length)]);
    expect((await get('/waveform.dat', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    ['zoom=0', 400, 'invalid_parameter'],
    ['zoom=128', 400, 'invalid_parameter'],
    ['zoom=abc', 400, 'invalid_parameter'],
    ['zoom=auto', 400, 'invalid_parameter'],
    ['pixels_per_second=', 400, 'invalid_parameter'],
    ['pixels_per_second=0', 400, 'invalid_parameter'],
    ['pixels_per_second=0.0', 400, 'invalid_parameter'],
    ['pixels_per_second=.', 400, 'invalid_parameter'],
    ['pixels_per_second=-1', 400, 'invalid_parameter'],
    ['pixels_per_second=1e1', 400, 'invalid_parameter'],
    ['pixels_per_second=0.0000001', 400, 'invalid_parameter'],
    ['pixels_per_second=1000000000', 400, 'invalid_parameter'],
    ['zoom=256&pixels_per_second=10', 400, 'invalid_parameter'],
    ['bits=12', 400, 'invalid_parameter'],
    ['version=3', 400, 'invalid_parameter'],
    ['version=1&channels=split', 400, 'invalid_parameter'],
    ['channels=constructor', 400, 'invalid_parameter'],
    ['start=2&end=1', 400, 'invalid_parameter'],
    ['start=100', 416, 'range_not_satisfiable'],
  ])('refuses %s with %i', async (query, status, code) => {
    const response = await get(`/waveform.dat?${query}`);
    expect([response.status, (await bodyOf(response)).code]).toEqual([status, code]);
  });

  it('is refused where the host cannot answer with as much', async () => {
    const response = await appWith({ maxBodyBytes: 100 }).request(`${self}/waveform.dat`);
    expect([response.status, (await bodyOf(response)).code]).toEqual([422, 'answer_too_large']);
  });
});

it('/analysis tells all that was measured, and where it is silent', async () => {
  const body = await bodyOf(get('/analysis'));
  expect(body).toMatchObject({ sampleRate: RATE, unmeasured: null, silences: 1, undecodedSamples: 0 });
  expect(body.silenceList).toMatchObject([{ startSeconds: expect.closeTo(3, 2), endSeconds: expect.closeTo(4, 2) }]);
  expect(body.channels).toHaveLength(2);
});
