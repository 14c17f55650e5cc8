import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { CuepointError } from '../../core/errors.ts';
import type { Clock, SignedUrl, Signer } from '../../core/ports.ts';
import { checkLinkKey, pacelessLink, rangeHeader } from './link-range.ts';
import { invalidKey, s3KeyObjection } from './s3-naming.ts';
import { serviceFailure } from './service-failure.ts';
import { type SigningTimes, signingSlots } from './signing-slot.ts';

export type S3SignerOptions = SigningTimes & {
  readonly client: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
};

/** S3 takes nothing longer of Signature Version 4. */
const MAX_LIFE_SECONDS = 7 * 24 * 3600;

/**
 * Presigned GETs of one bucket. They answer GET only, not HEAD. With a range its header is part of the signature.
 *
 * A link dies with the credentials that signed it, whatever it says; where these tell their expiry, the link tells no later
 * one. Those in a function's environment do not tell, and hold for hours: keep the life of links at an hour or so.
 *
 * Source: Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
 */
export class S3Signer implements Signer {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;
  readonly #slotAt: ReturnType<typeof signingSlots>;

  /** Throws RangeError for times by which a link could be born expired, or that S3 does not take. */
  constructor({ client, bucket, clock, ...times }: S3SignerOptions) {
    if (times.lifeSeconds !== undefined && times.lifeSeconds > MAX_LIFE_SECONDS) {
      throw new RangeError(`lifeSeconds is ${times.lifeSeconds}; S3 takes ${MAX_LIFE_SECONDS} (7 days) at most`);
    }
    this.#client = client;
    this.#bucket = bucket;
    this.#clock = clock;
    this.#slotAt = signingSlots(times);
  }

  /** `invalid_key`, `range_not_satisfiable` for what no link can carry; `unavailable` when there are no credentials. */
  async sign({ key, range, maxBytesPerSecond }: Parameters<Signer['sign']>[0]): Promise<SignedUrl> {
    if (maxBytesPerSecond !== undefined) throw pacelessLink();
    const objection = s3KeyObjection(key);
    if (objection !== undefined) throw invalidKey(key, objection);
    checkLinkKey(key);
    const Range = range === undefined ? undefined : rangeHeader(range);
    const slot = this.#slotAt(this.#clock.now());
    try {
      // Asked for first: the client may renew them before it signs, to such as hold longer.
      const { expiration } = await this.#client.config.credentials();
      const credentialsEndSeconds = expiration ? Math.floor(expiration.getTime() / 1000) : Number.POSITIVE_INFINITY;
      const expiresAtSeconds = Math.min(slot.expiresAtSeconds, credentialsEndSeconds);
      const expiresIn = expiresAtSeconds - slot.signedAtSeconds;
      if (expiresIn < 1) throw new CuepointError('unavailable', 'the credentials for signing have expired; try again');
      const url = await getSignedUrl(this.#client, new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range }), {
        signingDate: new Date(slot.signedAtSeconds * 1000),
        expiresIn,
      });
      const expiresAtMs = expiresAtSeconds * 1000;
      return Range === undefined ? { url, expiresAtMs } : { url, headers: { Range }, expiresAtMs };
    } catch (error) {
      throw serviceFailure(error, 'signing a link');
    }
  }
}
