import { createHmac, timingSafeEqual } from 'node:crypto';
import { CuepointError } from '../../core/errors.ts';
import type { ByteRange, Clock, SignedUrl, Signer } from '../../core/ports.ts';

export type HmacSignerOptions = {
  readonly secret: Uint8Array | string;
  /** Where the objects are served, e.g. `http://127.0.0.1:8710/media`; a trailing slash does not matter. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** How long a URL holds, counted from the floored time of signing. @default 3600 */
  readonly lifeSeconds?: number;
  /** Times of signing are rounded down to multiples of this; shorter than the life. @default 900 */
  readonly floorSeconds?: number;
};

export type LinkVerdict =
  | { readonly valid: true; readonly key: string; readonly maxBytesPerSecond?: number }
  | { readonly valid: false; readonly code: 'link_invalid' | 'link_expired'; readonly reason: string };

export interface LinkVerifier {
  verify(url: URL, rangeHeader: string | undefined): LinkVerdict;
}

type Claims = { readonly key: string; readonly expires: string; readonly range: string; readonly pace: string };

/** Names the layout of the signed text: another layout under the same secret must never yield the same text. */
const CANONICAL_FORM = 'cuepoint-link-2';
const PARAMETERS: ReadonlySet<string> = new Set(['expires', 'signature', 'range', 'pace']);

/**
 * Signed links of the embedded host:
 * `<baseUrl>/<key>?expires=<unix seconds>&signature=<base64url HMAC-SHA256>[&range=<first>-<last>][&pace=<bytes a second>]`.
 *
 * The signature (RFC 2104) covers all of it, so a link answers GET and HEAD on that object only. `range` is
 * inclusive, as the Range header prints it, and the request must then carry that very header.
 */
export class HmacSigner implements Signer, LinkVerifier {
  readonly #secret: Uint8Array | string;
  readonly #baseUrl: string;
  readonly #basePath: string;
  readonly #clock: Clock;
  readonly #lifeSeconds: number;
  readonly #floorSeconds: number;

  /** Throws RangeError for an empty secret, or times by which a link could be born expired. */
  constructor({ secret, baseUrl, clock, lifeSeconds = 3600, floorSeconds = 900 }: HmacSignerOptions) {
    if (secret.length === 0) throw new RangeError('the signing secret is empty; give at least 16 random bytes');
    if (!Number.isInteger(floorSeconds) || floorSeconds < 1) {
      throw new RangeError(`floorSeconds is ${floorSeconds}; give a whole number from 1 on`);
    }
    if (!Number.isInteger(lifeSeconds) || lifeSeconds <= floorSeconds) {
      throw new RangeError(`lifeSeconds is ${lifeSeconds}; give a whole number above floorSeconds (${floorSeconds})`);
    }
    this.#secret = secret;
    this.#baseUrl = baseUrl.replace(/\/+$/, '');
    this.#basePath = new URL(this.#baseUrl).pathname.replace(/\/+$/, '');
    this.#clock = clock;
    this.#lifeSeconds = lifeSeconds;
    this.#floorSeconds = floorSeconds;
  }

  /** `invalid_key` for a key that a URL cannot carry, `range_not_satisfiable` for a range without bytes. */
  async sign({ key, range, maxBytesPerSecond }: Parameters<Signer['sign']>[0]): Promise<SignedUrl> {
    const path = encodeKey(key);
    const pace = maxBytesPerSecond === undefined ? '' : String(maxBytesPerSecond);
    const rangeText = range === undefined ? '' : inclusive(range);
    const nowSeconds = Math.floor(this.#clock.now() / 1000);
    const expires = nowSeconds - (nowSeconds % this.#floorSeconds) + this.#lifeSeconds;
    const signature = this.#signature({ key, expires: String(expires), range: rangeText, pace });
    const query = `expires=${expires}&signature=${signature}${pace && `&pace=${pace}`}`;
    const url = `${this.#baseUrl}/${path}?${query}`;
    const expiresAtMs = expires * 1000;
    if (range === undefined) return { url, expiresAtMs };
    return { url: `${url}&range=${rangeText}`, headers: { Range: `bytes=${rangeText}` }, expiresAtMs };
  }

  /**
   * Whether `url` is a link of this signer that holds now. Only path and query count: behind a proxy the host may differ.
   * A forged link is called invalid, not expired, whatever its date.
   */
  verify(url: URL, rangeHeader: string | undefined): LinkVerdict {
    const key = this.#keyOf(url);
    if (key === undefined) return invalid('the path is not one that was signed');
    const query = readQuery(url);
    if (typeof query === 'string') return invalid(query);
    const { expires, signature, range, pace } = query;
    if (!equalInConstantTime(signature, this.#signature({ key, expires, range, pace }))) {
      return invalid('the signature does not belong to this address');
    }
    if (this.#clock.now() >= Number(expires) * 1000) {
      const since = new Date(Number(expires) * 1000).toISOString();
      return { valid: false, code: 'link_expired', reason: `the link expired at ${since}; ask for a new one` };
    }
    if (range !== '' && rangeHeader !== `bytes=${range}`) {
      return invalid(`the link is bound to the header "Range: bytes=${range}"; send exactly that`);
    }
    return pace === '' ? { valid: true, key } : { valid: true, key, maxBytesPerSecond: Number(pace) };
  }

  #keyOf(url: URL): string | undefined {
    if (!url.pathname.startsWith(`${this.#basePath}/`)) return undefined;
    try {
      const segments = url.pathname
        .slice(this.#basePath.length + 1)
        .split('/')
        .map(decodeURIComponent);
      return segments.some((segment) => segment.includes('/')) ? undefined : segments.join('/');
    } catch {
      // A percent sign that begins no UTF-8 sequence.
      return undefined;
    }
  }

  /** Length prefixes are not needed: of all these only the key may hold a line break, and it comes last. */
  #signature({ key, expires, range, pace }: Claims): string {
    const text = [CANONICAL_FORM, expires, range, pace, key].join('\n');
    return createHmac('sha256', this.#secret).update(text, 'utf8').digest('base64url');
  }
}

function invalid(reason: string): LinkVerdict {
  return { valid: false, code: 'link_invalid', reason };
}

/** What the query claims, or what is wrong with it. */
function readQuery(url: URL): (Omit<Claims, 'key'> & { readonly signature: string }) | string {
  const names = [...url.searchParams.keys()];
  const stranger = names.find((name) => !PARAMETERS.has(name));
  if (stranger !== undefined) return `the link carries a parameter that was not signed ("${stranger}")`;
  if (new Set(names).size !== names.length) return 'the link carries a parameter twice';
  const expires = url.searchParams.get('expires');
  const signature = url.searchParams.get('signature');
  const range = url.searchParams.get('range');
  const pace = url.searchParams.get('pace');
  if (expires === null || signature === null) return 'the link lacks its expiry or its signature';
  if (!/^\d{1,12}$/.test(expires)) return 'the expiry is not a time in seconds';
  if (range !== null && !/^\d+-\d+$/.test(range)) return 'the range is not of the form first-last';
  if (pace !== null && !/^[1-9]\d{0,14}$/.test(pace)) return 'the pace is not a number of bytes a second';
  return { expires, signature, range: range ?? '', pace: pace ?? '' };
}

/** Compares the texts, not the bytes they encode: base64url leaves bits of its last character unused. */
function equalInConstantTime(received: string, expected: string): boolean {
  const receivedBytes = Buffer.from(received);
  const expectedBytes = Buffer.from(expected);
  return receivedBytes.length === expectedBytes.length && timingSafeEqual(receivedBytes, expectedBytes);
}

function inclusive({ startByte, endByte }: ByteRange): string {
  if (!Number.isSafeInteger(startByte) || !Number.isSafeInteger(endByte) || startByte < 0 || startByte >= endByte) {
    throw new CuepointError(
      'range_not_satisfiable',
      `a link cannot be bound to bytes [${startByte}, ${endByte}); give a range of at least one byte`,
    );
  }
  return `${startByte}-${endByte - 1}`;
}

/** Percent-encoded per segment (RFC 3986, section 2.1). Segments `.` and `..` would be resolved away by any client. */
function encodeKey(key: string): string {
  const segments = key.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new CuepointError('invalid_key', `"${key}" has a segment that an address cannot carry; choose another key`);
  }
  return segments.map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
