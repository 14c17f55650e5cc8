import { HmacSigner } from '../../../lambdas/adapters/embedded/hmac-signer.ts';
import { PublicAuthorizer } from '../../../lambdas/adapters/embedded/public-authorizer.ts';
import { authorizerContract } from '../../contract/authorizer.contract.ts';
import { ManualClock } from '../../support/manual-clock.ts';

authorizerContract('PublicAuthorizer', async () => {
  const clock = new ManualClock();
  const signer = new HmacSigner({ secret: 'a secret for tests only', baseUrl: 'http://127.0.0.1:8710', clock });
  return {
    authorizer: new PublicAuthorizer(signer),
    signer,
    unsigned: 'allowed',
    advance: (ms) => clock.advance(ms),
    lifeMs: 3_600_000,
    close: async () => undefined,
  };
});
