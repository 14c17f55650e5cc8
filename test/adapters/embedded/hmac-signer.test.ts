import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { FileObjectStore } from '../../../lambdas/adapters/embedded/file-object-store.ts';
import { HmacSigner, type LinkVerdict } from '../../../lambdas/adapters/embedded/hmac-signer.ts';
import { type SignerHarness, signerContract } from '../../contract/signer.contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { startSignedMediaServer } from '../../support/signed-media-server.ts';

const SECRET = 'a secret for tests only';
const BASE_URL = 'http://127.0.0.1:8710/media';

async function makeHarness(): Promise<SignerHarness> {
  const root = await mkdtemp(join(tmpdir(), 'cuepoint-signer-'));
  const store = new FileObjectStore({ root });
  const clock = new ManualClock();
  const signerAt = (baseUrl: string) => new HmacSigner({ secret: SECRET, baseUrl, clock });
  const server = await startSignedMediaServer(store, signerAt);
  return {
    signer: signerAt(server.baseUrl),
    store,
    fetch,
    clock,
    lifeMs: 3_600_000,
    floorMs: 900_000,
    advance: (ms) => clock.advance(ms),
    close: async () => {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

signerContract('HmacSigner', makeHarness);

describe('HmacSigner', () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 10, 14, 59));
  const signer = new HmacSigner({ secret: SECRET, baseUrl: BASE_URL, clock });
  const verify = (url: string, range?: string): LinkVerdict => signer.verify(new URL(url), range);
  const invalid = { valid: false, code: 'link_invalid', reason: expect.any(String) };

  it('signs on the floor of a quarter of an hour, for an hour', async () => {
    const { url, expiresAtMs, headers } = await signer.sign({ key: 'd/a b/c.flac' });
    expect(expiresAtMs).toBe(Date.UTC(2026, 0, 1, 11, 0, 0));
    expect(url).toMatch(
      /^http:\/\/127\.0\.0\.1:8710\/media\/d\/a%20b\/c\.flac\?expires=1767265200&signature=[\w-]{43}$/,
    );
    expect(headers).toBeUndefined();
  });

  it('verifies what it signed, whatever the key, the range and the host it is asked under', async () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.{1,2}$|\//.test(text));
    const wellFormed = segment.filter((text) => Buffer.from(text).toString() === text);
    const key = fc.array(wellFormed, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
    const range = fc.option(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 1_000_000 })), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(key, range, async (name, window) => {
        const bound = window === undefined ? {} : { range: { startByte: window[0], endByte: window[0] + window[1] } };
        const signed = await signer.sign({ key: name, ...bound });
        const elsewhere = signed.url.replace('127.0.0.1:8710', 'audio.example:443');
        for (const url of [signed.url, elsewhere]) {
          expect(verify(url, signed.headers?.Range)).toEqual({ valid: true, key: name });
        }
      }),
    );
  });

  it('calls every single changed character of a link invalid', async () => {
    const { url, headers } = await signer.sign({ key: 'd/one.flac', range: { startByte: 100, endByte: 250 } });
    const from = url.indexOf('/d/') + 1;
    for (let place = from; place < url.length; place++) {
      const replacement = url[place] === '1' ? '2' : '1';
      const forged = url.slice(0, place) + replacement + url.slice(place + 1);
      expect(verify(forged, headers?.Range)).toEqual(invalid);
    }
    expect(verify(url, headers?.Range)).toEqual({ valid: true, key: 'd/one.flac' });
  });

  it('does not take a range-bound link for an unbound one, or the other way round', async () => {
    const bound = await signer.sign({ key: 'k', range: { startByte: 0, endByte: 10 } });
    expect(verify(bound.url.replace('&range=0-9', ''), 'bytes=0-9')).toEqual(invalid);
    const unbound = await signer.sign({ key: 'k' });
    expect(verify(`${unbound.url}&range=0-9`, 'bytes=0-9')).toEqual(invalid);
  });

  it('does not let claims flow from one field into another', async () => {
    // Without separators these two would sign the same text: range 1-2 and key 3k, range 1-23 and key k.
    const first = await signer.sign({ key: '3k', range: { startByte: 1, endByte: 3 } });
    const second = await signer.sign({ key: 'k', range: { startByte: 1, endByte: 24 } });
    expect(new URL(first.url).searchParams.get('signature')).not.toBe(
      new URL(second.url).searchParams.get('signature'),
    );
  });

  const malformed: [name: string, change: (url: string) => string][] = [
    ['another base path', (url) => url.replace('/media/', '/other/')],
    ['no base path', (url) => url.replace('/media/', '/')],
    ['a broken percent sign', (url) => url.replace('/k?', '/%E0%A4?')],
    ['a hidden slash', (url) => url.replace('/a/k?', '/a%2Fk?')],
    ['an expiry in words', (url) => url.replace(/expires=\d+/, 'expires=never')],
    ['a negative expiry', (url) => url.replace(/expires=/, 'expires=-')],
    ['an expiry with a leading zero', (url) => url.replace(/expires=/, 'expires=0')],
    ['a pace in words', (url) => `${url}&pace=slow`],
    ['a pace of nothing', (url) => `${url}&pace=0`],
    ['no expiry', (url) => url.replace(/expires=\d+&/, '')],
  ];
  it.each(malformed)('calls a link with %s invalid', async (_name, change) => {
    const { url } = await signer.sign({ key: 'a/k' });
    expect(change(url)).not.toBe(url);
    expect(verify(change(url))).toEqual(invalid);
  });

  it('believes nobody else', async () => {
    const stranger = new HmacSigner({ secret: 'another secret', baseUrl: BASE_URL, clock });
    expect(verify((await stranger.sign({ key: 'k' })).url)).toEqual(invalid);
  });

  it('takes bytes for a secret, and a base with a slash at its end', async () => {
    const twin = new HmacSigner({ secret: Buffer.from(SECRET), baseUrl: `${BASE_URL}/`, clock });
    expect(await twin.sign({ key: 'k' })).toEqual(await signer.sign({ key: 'k' }));
  });

  it.each(['', 'a//b', '/a', 'a/', 'a/../b', '.', 'a/.'])('does not sign the key "%s"', async (key) => {
    await expect(signer.sign({ key })).rejects.toMatchObject({ code: 'invalid_key' });
  });

  const settings: [name: string, options: { secret?: string; lifeSeconds?: number; floorSeconds?: number }][] = [
    ['an empty secret', { secret: '' }],
    ['a life within the floor', { lifeSeconds: 900, floorSeconds: 900 }],
    ['no floor', { floorSeconds: 0 }],
    ['a broken floor', { floorSeconds: 0.5 }],
  ];
  it.each(settings)('does not start with %s', (_name, options) => {
    expect(() => new HmacSigner({ secret: SECRET, baseUrl: BASE_URL, clock, ...options })).toThrow(RangeError);
  });
});
