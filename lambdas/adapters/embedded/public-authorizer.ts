import type { AccessDecision, AccessRequest, Authorizer } from '../../core/ports.ts';
import type { LinkVerifier } from './hmac-signer.ts';

const ALLOWED: AccessDecision = { allowed: true };

/**
 * Lets everybody read everything. A signed link is held to its word all the same: who was given one that has expired, or
 * altered it, is told so instead of being served.
 */
export class PublicAuthorizer implements Authorizer {
  readonly #verifier: LinkVerifier;

  constructor(verifier: LinkVerifier) {
    this.#verifier = verifier;
  }

  authorize({ url, range, objectKey }: AccessRequest): AccessDecision {
    if (url.search === '' || !url.searchParams.has('signature')) return ALLOWED;
    const verdict = this.#verifier.verify(url, range);
    if (!verdict.valid) return { allowed: false, code: verdict.code, reason: verdict.reason };
    if (objectKey !== undefined && objectKey !== verdict.key) {
      return { allowed: false, code: 'link_invalid', reason: 'the link was signed for another object' };
    }
    const { maxBytesPerSecond } = verdict;
    return maxBytesPerSecond === undefined ? ALLOWED : { allowed: true, maxBytesPerSecond };
  }
}
