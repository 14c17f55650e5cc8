import { Duration } from 'aws-cdk-lib';
import { ResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';

/** What scripts of other origins may read of an answer: players need the ranges, joiners the trims. */
export const EXPOSED_HEADERS = [
  'Accept-Ranges',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Location',
  'Retry-After',
  'Cuepoint-Revision',
  'Cuepoint-Skip-Samples',
  'Cuepoint-Take-Samples',
] as const;

/** What scripts of other origins may send (Fetch standard: Range in its general form needs permission). */
const ALLOWED_HEADERS = [
  'Range',
  'If-Range',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'Content-Type',
  // Chromecast asks leave for it.
  'Accept-Encoding',
] as const;

const PREFLIGHT_MAX_AGE = Duration.days(1);

/** What the edge adds to every answer, the bucket's as well as the api's. */
export class ResponseHeaders extends Construct {
  readonly policy: ResponseHeadersPolicy;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.policy = new ResponseHeadersPolicy(this, 'Policy', {
      corsBehavior: {
        accessControlAllowCredentials: false,
        accessControlAllowOrigins: ['*'],
        accessControlAllowMethods: ['GET', 'HEAD', 'OPTIONS'],
        accessControlAllowHeaders: [...ALLOWED_HEADERS],
        accessControlExposeHeaders: [...EXPOSED_HEADERS],
        accessControlMaxAge: PREFLIGHT_MAX_AGE,
        // Where the api says it itself, its word holds.
        originOverride: false,
      },
      securityHeadersBehavior: {
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
        contentTypeOptions: { override: true },
      },
    });
  }
}
