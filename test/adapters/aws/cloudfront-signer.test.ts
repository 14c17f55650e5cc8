import { createVerify, generateKeyPairSync } from 'node:crypto';
import { CloudFrontSigner } from '../../../lambdas/adapters/aws/cloudfront-signer.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const ORIGIN = 'https://d111111abcdef8.cloudfront.net';
const KEY = 'd/track/r1/0001.flac';

/**
 * What CloudFront does with a link of a canned policy, by its documentation: puts the policy together from the address
 * without the three parameters and from `Expires`, and verifies the signature of that text.
 */
function verdict(url: string, nowMs: number): 'valid' | 'forged' | 'expired' {
  const link = new URL(url);
  const taken = (name: string) => {
    const value = link.searchParams.get(name) ?? '';
    link.searchParams.delete(name);
    return value;
  };
  const expires = taken('Expires');
  const signature = taken('Signature').replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  if (taken('Key-Pair-Id') !== 'K2JCJMDEHXQW5F') return 'forged';
  const policy = `{"Statement":[{"Resource":"${link.href}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
  if (!createVerify('RSA-SHA1').update(policy).verify(publicKey, signature, 'base64')) return 'forged';
  return nowMs / 1000 < Number(expires) ? 'valid' : 'expired';
}

describe('CloudFrontSigner', () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 10, 14, 59));
  const signer = new CloudFrontSigner({ keyPairId: 'K2JCJMDEHXQW5F', privateKeyPem, clock });
  const linkTo = async (key: string) => (await signer.sign({ key, origin: ORIGIN })).url;

  it('signs on the floor of a quarter of an hour, for an hour, at the origin of the request', async () => {
    const { url, expiresAtMs, headers } = await signer.sign({ key: KEY, origin: `${ORIGIN}/` });
    expect(url.startsWith(`${ORIGIN}/${KEY}?Expires=1767265200&`)).toBe(true);
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(['Expires', 'Key-Pair-Id', 'Signature']);
    expect(expiresAtMs).toBe(Date.UTC(2026, 0, 1, 11));
    expect(headers).toBeUndefined();
  });

  it('makes no link that CloudFront would have to answer slowly', async () => {
    const paced = signer.sign({ key: KEY, origin: ORIGIN, maxBytesPerSecond: 1000 });
    await expect(paced).rejects.toMatchObject({ code: 'invalid_parameter' });
  });

  it.each([
    KEY,
    'two words/and  more.bin',
    'a+b=c&d.bin',
    '100%25.bin',
    `hash#query?quotes'"!()*.bin`,
    'semi;colon:at@comma,.bin',
    'Ünï/日本語\u{1f3b5}.bin',
    '~tilde_under-dash.bin',
  ])('is verified as CloudFront does, for the key %s', async (key) => {
    const url = await linkTo(key);
    expect(verdict(url, clock.now())).toBe('valid');
    // A client that parses it sends the very address that was signed.
    expect(new URL(url).href).toBe(url);
    expect(decodeURIComponent(new URL(url).pathname)).toBe(`/${key}`);
  });

  it('holds for one object, until one time, by one key', async () => {
    const url = await linkTo(KEY);
    expect(verdict(url, Date.UTC(2026, 0, 1, 10, 59, 59))).toBe('valid');
    expect(verdict(url, Date.UTC(2026, 0, 1, 11))).toBe('expired');
    const forgeries = [
      url.replace('0001', '0002'),
      url.replace('.cloudfront', '.other'),
      url.replace(/Expires=1/, 'Expires=2'),
      url.replace(/Key-Pair-Id=K/, 'Key-Pair-Id=L'),
      url.replace(/(Signature=.)./, (_, start: string) => `${start}${url.includes(`${start}A`) ? 'B' : 'A'}`),
      `${url}&download=1`,
    ];
    for (const forged of forgeries) {
      expect(forged).not.toBe(url);
      expect(verdict(forged, clock.now())).toBe('forged');
    }
  });

  it('gives the same link until the slot is over', async () => {
    const moving = new ManualClock(clock.now());
    const own = new CloudFrontSigner({ keyPairId: 'K2JCJMDEHXQW5F', privateKeyPem, clock: moving });
    const first = await own.sign({ key: KEY, origin: ORIGIN });
    await moving.advance(500);
    expect(await own.sign({ key: KEY, origin: ORIGIN })).toEqual(first);
    await moving.advance(501);
    const second = await own.sign({ key: KEY, origin: ORIGIN });
    expect(second.expiresAtMs - first.expiresAtMs).toBe(900_000);
    expect(second.url).not.toBe(first.url);
  });

  it('names the header of a range, which the signature does not cover', async () => {
    const range = { startByte: 1_000, endByte: 1_300 };
    const signed = await signer.sign({ key: KEY, range, origin: ORIGIN });
    expect(signed.headers).toEqual({ Range: 'bytes=1000-1299' });
    expect(signed.url).toBe(await linkTo(KEY));
    const none = { startByte: 5, endByte: 5 };
    await expect(signer.sign({ key: KEY, range: none, origin: ORIGIN })).rejects.toMatchObject({
      code: 'range_not_satisfiable',
    });
  });

  it('signs nothing without an origin, nor for keys that clients would shorten', async () => {
    await expect(signer.sign({ key: KEY })).rejects.toMatchObject({ code: 'internal' });
    for (const key of ['', 'a/../b', './a']) {
      await expect(signer.sign({ key, origin: ORIGIN })).rejects.toMatchObject({ code: 'invalid_key' });
    }
  });

  const ecPem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  it.each([
    ['no key', ''],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['a key of another kind', ecPem.toString()],
  ])('does not start with %s', (_name, pem) => {
    expect(() => new CloudFrontSigner({ keyPairId: 'K', privateKeyPem: pem, clock })).toThrow(RangeError);
  });

  it('does not start with a life within the floor', () => {
    const times = { lifeSeconds: 900, floorSeconds: 900 };
    expect(() => new CloudFrontSigner({ keyPairId: 'K', privateKeyPem, clock, ...times })).toThrow(RangeError);
  });
});
