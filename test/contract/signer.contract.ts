import type { Clock, ObjectStore, SignedUrl, Signer } from '../../lambdas/core/ports.ts';
import { numberedBytes, putBytes } from './object-fixtures.ts';

export type SignerHarness = {
  readonly signer: Signer;
  /** What the signed URLs answer from. */
  readonly store: ObjectStore;
  /** As the global one; a harness without a network may answer itself. */
  fetch(url: string, init?: { method?: string; headers?: Record<string, string> }): Promise<Response>;
  /** The clock that links expire by. */
  readonly clock: Clock;
  /** The signer's own settings; a harness that really waits keeps them to seconds. */
  readonly lifeMs: number;
  readonly floorMs: number;
  /** Lets at least `ms` pass: waits, or moves the clock. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
};

const BYTES = numberedBytes(5_000);
const KEY = 'd/track/r1/0001.flac';

/** Awkward in a URL, in a path, or in a signature's canonical form. */
const KEYS = [
  'plain.bin',
  'two words/and  more.bin',
  'a+b=c&d.bin',
  '100%25.bin',
  `hash#query?quotes'"!()*.bin`,
  'semi;colon:at@comma,.bin',
  'Ünï/日本語\u{1f3b5}.bin',
  '~tilde_under-dash.bin',
] as const;

/** The next digit or letter: as small a change as there is. */
function nudged(text: string): string {
  const last = text.at(-1) ?? '';
  return text.slice(0, -1) + (/\d/.test(last) ? String((Number(last) + 1) % 10) : last === 'a' ? 'b' : 'a');
}

/** What every Signer keeps, told by whoever serves its URLs. */
export function signerContract(name: string, makeHarness: () => Promise<SignerHarness>): void {
  describe(`Signer contract: ${name}`, () => {
    let harness: SignerHarness;
    beforeEach(async () => {
      harness = await makeHarness();
      await putBytes(harness.store, KEY, BYTES);
    });
    afterEach(() => harness.close());

    const follow = (signed: SignedUrl, headers: Record<string, string> = {}) =>
      harness.fetch(signed.url, { headers: { ...signed.headers, ...headers } });

    /** 403, or 400 where the parameter makes no sense any more; in any case none of the bytes. */
    const expectRefusal = async (answer: Response) => {
      expect([400, 403]).toContain(answer.status);
      expect(Buffer.from(await answer.arrayBuffer()).includes(Buffer.from(BYTES.subarray(0, 64)))).toBe(false);
    };

    it('makes a URL that answers with the object', async () => {
      const answer = await follow(await harness.signer.sign({ key: KEY }));
      expect(answer.status).toBe(200);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(BYTES);
    });

    it('lets the client choose a range of an unbound URL', async () => {
      const answer = await follow(await harness.signer.sign({ key: KEY }), { Range: 'bytes=10-19' });
      expect(answer.status).toBe(206);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(BYTES.slice(10, 20));
    });

    it.each(KEYS)('carries the key %s', async (key) => {
      const bytes = numberedBytes(100, key.length);
      await putBytes(harness.store, key, bytes);
      const answer = await follow(await harness.signer.sign({ key }));
      expect(answer.status).toBe(200);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
    });

    it('refuses a URL that was turned to another object', async () => {
      await putBytes(harness.store, 'd/track/r1/0002.flac', BYTES);
      const { url } = await harness.signer.sign({ key: KEY });
      const turned = url.replace('0001.flac', '0002.flac');
      expect(turned).not.toBe(url);
      await expectRefusal(await harness.fetch(turned));
    });

    it('refuses a URL of which any parameter was changed', async () => {
      const { url } = await harness.signer.sign({ key: KEY });
      const names = [...new URL(url).searchParams.keys()];
      // At least a signature and an expiry.
      expect(names.length).toBeGreaterThanOrEqual(2);
      for (const parameter of names) {
        const tampered = new URL(url);
        tampered.searchParams.set(parameter, nudged(tampered.searchParams.get(parameter) ?? ''));
        await expectRefusal(await harness.fetch(tampered.href));
      }
    });

    it('refuses a URL of which the signature is gone', async () => {
      const { url } = await harness.signer.sign({ key: KEY });
      const bare = new URL(url);
      for (const parameter of [...bare.searchParams.keys()]) {
        if (/signature/i.test(parameter)) bare.searchParams.delete(parameter);
      }
      expect(bare.href).not.toBe(url);
      await expectRefusal(await harness.fetch(bare.href));
    });

    describe('bound to a range', () => {
      const range = { startByte: 1_000, endByte: 1_300 };

      it('answers that window', async () => {
        const signed = await harness.signer.sign({ key: KEY, range });
        expect(signed.headers).toMatchObject({ Range: 'bytes=1000-1299' });
        const answer = await follow(signed);
        expect(answer.status).toBe(206);
        expect(answer.headers.get('content-range')).toBe('bytes 1000-1299/5000');
        expect(new Uint8Array(await answer.arrayBuffer())).toEqual(BYTES.slice(1_000, 1_300));
      });

      const others: [name: string, headers: Record<string, string>][] = [
        ['no Range header', {}],
        ['a wider one', { Range: 'bytes=1000-1300' }],
        ['an earlier one', { Range: 'bytes=999-1299' }],
        ['a narrower one', { Range: 'bytes=1000-1298' }],
        ['an open one', { Range: 'bytes=1000-' }],
        ['two', { Range: 'bytes=1000-1299,0-63' }],
      ];
      it.each(others)('refuses %s', async (_name, headers) => {
        const { url } = await harness.signer.sign({ key: KEY, range });
        await expectRefusal(await harness.fetch(url, { headers }));
      });

      it('takes the first and the last byte alone', async () => {
        for (const startByte of [0, BYTES.length - 1]) {
          const signed = await harness.signer.sign({ key: KEY, range: { startByte, endByte: startByte + 1 } });
          const answer = await follow(signed);
          expect(new Uint8Array(await answer.arrayBuffer())).toEqual(BYTES.slice(startByte, startByte + 1));
        }
      });

      it('does not sign a range without bytes', async () => {
        const none = { startByte: 5, endByte: 5 };
        await expect(harness.signer.sign({ key: KEY, range: none })).rejects.toMatchObject({
          code: 'range_not_satisfiable',
        });
      });
    });

    describe('in time', () => {
      it('stays the same for a while', async () => {
        const urls: string[] = [];
        for (let time = 0; time < 3; time++) urls.push((await harness.signer.sign({ key: KEY })).url);
        // One boundary of the floor may fall between two of them, but not two.
        expect(new Set(urls).size).toBeLessThanOrEqual(2);
      });

      it('changes afterwards, while the earlier URL still holds', async () => {
        const earlier = await harness.signer.sign({ key: KEY });
        await harness.advance(harness.floorMs);
        const later = await harness.signer.sign({ key: KEY });
        expect(later.url).not.toBe(earlier.url);
        expect(later.expiresAtMs).toBeGreaterThan(earlier.expiresAtMs);
        if (harness.clock.now() < earlier.expiresAtMs - 500) expect((await follow(earlier)).status).toBe(200);
      });

      it('tells when it expires, and means it', async () => {
        const signed = await harness.signer.sign({ key: KEY });
        const now = harness.clock.now();
        expect(signed.expiresAtMs).toBeGreaterThan(now);
        expect(signed.expiresAtMs).toBeLessThanOrEqual(now + harness.lifeMs);
        expect(signed.expiresAtMs).toBeGreaterThanOrEqual(now + harness.lifeMs - harness.floorMs);

        // A second to either side, for servers that count in seconds.
        await harness.advance(Math.max(0, signed.expiresAtMs - harness.clock.now() - 1_000));
        expect((await follow(signed)).status).toBe(200);
        await harness.advance(signed.expiresAtMs - harness.clock.now() + 1_000);
        await expectRefusal(await follow(signed));
      });
    });
  });
}
