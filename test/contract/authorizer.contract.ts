import type { AccessRequest, Authorizer, SignedUrl, Signer } from '../../lambdas/core/ports.ts';

export type AuthorizerHarness = {
  readonly authorizer: Authorizer;
  /** Signs the links that the authorizer has to honour. */
  readonly signer: Signer;
  /** Requests without a link: whether they are let in. */
  readonly unsigned: 'allowed' | 'denied';
  /** Lets at least `ms` pass: waits, or moves the clock that links expire by. */
  advance(ms: number): Promise<void>;
  /** No link lives longer. */
  readonly lifeMs: number;
  close(): Promise<void>;
};

const KEY = 'd/track-1/r1/0001.flac';
const HOST = 'http://127.0.0.1:8710';

const UNSIGNED: [name: string, request: AccessRequest][] = [
  ['the list of tracks', { action: 'list', url: new URL('/v1/tracks?folder=a', HOST) }],
  [
    'a track',
    { action: 'read', trackId: 'track-1', url: new URL('/v1/tracks/track-1/audio', HOST), range: 'bytes=0-' },
  ],
  ['derived bytes', { action: 'read', objectKey: KEY, url: new URL(`/${KEY}`, HOST) }],
];

/** What every Authorizer keeps that honours signed links. */
export function authorizerContract(name: string, makeHarness: () => Promise<AuthorizerHarness>): void {
  describe(`Authorizer contract: ${name}`, () => {
    let harness: AuthorizerHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());

    const ask = async (signed: SignedUrl, changes: { url?: string; range?: string; objectKey?: string } = {}) => {
      const range = changes.range ?? signed.headers?.Range;
      return harness.authorizer.authorize({
        action: 'read',
        objectKey: changes.objectKey ?? KEY,
        url: new URL(changes.url ?? signed.url),
        ...(range === undefined ? {} : { range }),
      });
    };
    const refusedAs = (code: string) => ({ allowed: false, code, reason: expect.stringMatching(/\S/) });

    it.each(UNSIGNED)('decides on %s without a link as it says it does', async (_name, request) => {
      const decision = await harness.authorizer.authorize(request);
      if (harness.unsigned === 'allowed') expect(decision).toEqual({ allowed: true });
      else expect(decision).toEqual(refusedAs('access_denied'));
    });

    it('honours a signed link, for its object only', async () => {
      const signed = await harness.signer.sign({ key: KEY });
      await expect(ask(signed)).resolves.toEqual({ allowed: true });
      await expect(ask(signed, { range: 'bytes=5-9' })).resolves.toEqual({ allowed: true });
      await expect(ask(signed, { objectKey: 'd/other' })).resolves.toEqual(refusedAs('link_invalid'));
      const turned = signed.url.replace('0001', '0002');
      await expect(ask(signed, { url: turned })).resolves.toEqual(refusedAs('link_invalid'));
    });

    it('honours a link that is bound to a range, for that range only', async () => {
      const signed = await harness.signer.sign({ key: KEY, range: { startByte: 10, endByte: 20 } });
      await expect(ask(signed)).resolves.toEqual({ allowed: true });
      await expect(ask(signed, { range: 'bytes=10-20' })).resolves.toEqual(refusedAs('link_invalid'));
      await expect(ask({ ...signed, headers: {} })).resolves.toEqual(refusedAs('link_invalid'));
    });

    it('passes on the pace that a link was signed for', async () => {
      const signed = await harness.signer.sign({ key: KEY, maxBytesPerSecond: 200_000 });
      await expect(ask(signed)).resolves.toEqual({ allowed: true, maxBytesPerSecond: 200_000 });
      const faster = signed.url.replace('200000', '900000');
      expect(faster).not.toBe(signed.url);
      await expect(ask(signed, { url: faster })).resolves.toEqual(refusedAs('link_invalid'));
      const unheld = signed.url.replace('&pace=200000', '');
      expect(unheld).not.toBe(signed.url);
      await expect(ask(signed, { url: unheld })).resolves.toEqual(refusedAs('link_invalid'));
    });

    const forgeries: [name: string, forge: (url: string) => string][] = [
      ['a changed expiry', (url) => url.replace(/expires=\d/i, (text) => `${text}9`)],
      ['an empty signature', (url) => url.replace(/(signature=)[^&]*/i, '$1')],
      ['a signature that is not one', (url) => url.replace(/(signature=)[^&]*/i, '$1%FF%00')],
      ['a parameter more', (url) => `${url}&download=1`],
      ['a parameter twice', (url) => `${url}&${new URL(url).search.slice(1)}`],
    ];
    it.each(forgeries)('refuses a link with %s', async (_name, forge) => {
      const signed = await harness.signer.sign({ key: KEY });
      const url = forge(signed.url);
      expect(url).not.toBe(signed.url);
      await expect(ask(signed, { url })).resolves.toEqual(refusedAs('link_invalid'));
    });

    it('tells an expired link from a forged one', async () => {
      const signed = await harness.signer.sign({ key: KEY });
      await harness.advance(harness.lifeMs + 1_000);
      await expect(ask(signed)).resolves.toEqual(refusedAs('link_expired'));
      const forged = signed.url.replace('0001', '0002');
      await expect(ask(signed, { url: forged })).resolves.toEqual(refusedAs('link_invalid'));
    });
  });
}
