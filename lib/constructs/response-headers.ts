import { Duration } from 'aws-cdk-lib';
import { ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { ALLOWED_REQUEST_FIELDS, EXPOSED_FIELDS } from '../../lambdas/api/shared-headers.ts';

/** What scripts of other origins may read of an answer, the bucket's as well. */
export const EXPOSED_HEADERS: readonly string[] = EXPOSED_FIELDS;

const PREFLIGHT_MAX_AGE = Duration.days(1);

export interface ResponseHeadersProps {
  /** Those whose pages may read answers; without a list, all. */
  readonly allowedOrigins: readonly string[] | undefined;
}

/** What the edge adds to every answer, the bucket's as well as the api's. */
export class ResponseHeaders extends Construct {
  readonly policy: ResponseHeadersPolicy;

  constructor(scope: Construct, id: string, { allowedOrigins }: ResponseHeadersProps) {
    super(scope, id);
    // Where any may read, the api's own word holds. What depends on who asks is said here alone: of a list CloudFront finds the
    // origin anew for each answer, those of its cache too. The api never hears of it (Origin is in no policy of the cache).
    const override = allowedOrigins !== undefined;
    this.policy = new ResponseHeadersPolicy(this, 'Policy', {
      corsBehavior: {
        accessControlAllowCredentials: false,
        accessControlAllowOrigins: [...(allowedOrigins ?? ['*'])],
        accessControlAllowMethods: ['GET', 'HEAD', 'OPTIONS'],
        accessControlAllowHeaders: [...ALLOWED_REQUEST_FIELDS],
        accessControlExposeHeaders: [...EXPOSED_HEADERS],
        accessControlMaxAge: PREFLIGHT_MAX_AGE,
        originOverride: override,
      },
      // "CloudFront removes the headers first and then adds": for an origin that is not in the list there is nothing to
      // override with, and answers that were kept before there was a list are for any.
      ...(override && { removeHeaders: ['Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'] }),
      // A bucket cannot say these by itself: who may embed what it gives, and measure how long that took.
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Cross-Origin-Resource-Policy', value: override ? 'same-site' : 'cross-origin', override },
          // The same for everybody, so all that may (Resource Timing: a list of origins).
          { header: 'Timing-Allow-Origin', value: (allowedOrigins ?? ['*']).join(', '), override },
        ],
      },
      securityHeadersBehavior: {
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
        contentTypeOptions: { override: true },
      },
    });
  }
}
