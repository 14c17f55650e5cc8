import { createPrivateKey } from 'node:crypto';
import { getSignedUrl } from '@aws-sdk/cloudfront-signer';
import { CuepointError } from '../../core/errors.ts';
import type { Clock, SignedUrl, Signer } from '../../core/ports.ts';
import { checkLinkKey, pacelessLink, rangeHeader } from './link-range.ts';
import { type SigningTimes, signingSlots } from './signing-slot.ts';

export type CloudFrontSignerOptions = SigningTimes & {
  /** Id of the public key, which is in a key group that the distribution trusts. */
  readonly keyPairId: string;
  /** PEM of the RSA key that belongs to it. */
  readonly privateKeyPem: string;
  readonly clock: Clock;
};

/**
 * Links to the distribution by which the client came (`origin`), signed for a trusted key group with a canned policy: one
 * address until one time. The object's key is the path.
 *
 * CloudFront signs no headers, so a link is never bound to a range: of a window the Range header is given all the same, so
 * that clients get just that, but who has the link can read the whole object.
 *
 * Source: Amazon CloudFront Developer Guide, "Create a signed URL using a canned policy".
 */
export class CloudFrontSigner implements Signer {
  readonly #keyPairId: string;
  readonly #privateKeyPem: string;
  readonly #clock: Clock;
  readonly #slotAt: ReturnType<typeof signingSlots>;

  /** Throws RangeError for a key that is none of RSA, and for times by which a link could be born expired. */
  constructor({ keyPairId, privateKeyPem, clock, ...times }: CloudFrontSignerOptions) {
    checkRsaKey(privateKeyPem);
    this.#keyPairId = keyPairId;
    this.#privateKeyPem = privateKeyPem;
    this.#clock = clock;
    this.#slotAt = signingSlots(times);
  }

  /** `invalid_key`, `range_not_satisfiable` for what no link can carry; `internal` without an origin. */
  async sign({ key, range, origin, maxBytesPerSecond }: Parameters<Signer['sign']>[0]): Promise<SignedUrl> {
    if (maxBytesPerSecond !== undefined) throw pacelessLink();
    checkLinkKey(key);
    if (origin === undefined) {
      throw new CuepointError(
        'internal',
        'a link was to be signed without the origin it leads to; pass that of the request',
      );
    }
    const headers = range === undefined ? {} : { headers: { Range: rangeHeader(range) } };
    const expiresAtMs = this.#slotAt(this.#clock.now()).expiresAtSeconds * 1000;
    const url = getSignedUrl({
      url: `${new URL(origin).origin}/${key.split('/').map(encodeURIComponent).join('/')}`,
      keyPairId: this.#keyPairId,
      privateKey: this.#privateKeyPem,
      dateLessThan: expiresAtMs,
    });
    return { url, ...headers, expiresAtMs };
  }
}

function checkRsaKey(pem: string): void {
  let type: string | undefined;
  try {
    type = createPrivateKey(pem).asymmetricKeyType;
  } catch (cause) {
    throw new RangeError('the private key for signing is not in PEM; give the text that begins with -----BEGIN', {
      cause,
    });
  }
  if (type !== 'rsa') throw new RangeError(`the private key for signing is of type ${type}; CloudFront takes RSA`);
}
