import { Aws, Duration } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HttpVersion,
  type IKeyGroup,
  type IOrigin,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  type PriceClass,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { FunctionUrlOrigin, OriginGroup, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DERIVED_PREFIX } from '../../lambdas/core/track/object-keys.ts';
import { edgeFunctionCode } from './edge-function-code.ts';
import { acknowledge } from './nag-exceptions.ts';
import { ResponseHeaders } from './response-headers.ts';

/** Set by the function at the edge: the name that the viewer called. A function URL must get its own Host header. */
const HOST_HEADER = 'x-cuepoint-host';

/** A bucket that may not be listed by CloudFront says 403 of what it does not have. */
const ABSENT = [403, 404];

/** As long as CloudFront waits without a raised quota. */
const ORIGIN_READ_TIMEOUT = Duration.seconds(60);

/** Errors that CloudFront would keep for ten seconds each; a track that has just been uploaded should not wait for that. */
const BRIEFLY_CACHED_ERRORS = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504];
const ERROR_TTL = Duration.seconds(0);

const YEAR = Duration.days(365);

export interface EdgeDistributionProps {
  readonly media: IBucket;
  readonly apiUrl: FunctionUrl;
  /** Undefined: nothing is logged. */
  readonly accessLogs: IBucket | undefined;
  /** Whose signatures are asked for. Undefined: nobody's. */
  readonly keyGroup: IKeyGroup | undefined;
  /** Of which origins pages may read. Undefined: of any. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly domainNames: readonly string[];
  readonly certificate: ICertificate | undefined;
  readonly webAclArn: string | undefined;
  readonly priceClass: PriceClass | undefined;
}

/**
 * The one address of everything. What lies under `/d/` comes from the media bucket, and from the api when it is not there;
 * all else is the api's.
 */
export class EdgeDistribution extends Construct {
  readonly distribution: Distribution;
  readonly #edgeFunction: EdgeFunction;
  readonly #responseHeaders: ResponseHeaders;

  constructor(scope: Construct, id: string, props: EdgeDistributionProps) {
    super(scope, id);
    const { allowedOrigins } = props;
    this.#edgeFunction = new EdgeFunction(this, 'Normalise', {
      comment: 'Cuepoint: one meaning, one URL',
      code: FunctionCode.fromInline(edgeFunctionCode(allowedOrigins)),
      runtime: FunctionRuntime.JS_2_0,
    });
    this.#responseHeaders = new ResponseHeaders(this, 'ResponseHeaders', { allowedOrigins });
    const api = FunctionUrlOrigin.withOriginAccessControl(props.apiUrl, { readTimeout: ORIGIN_READ_TIMEOUT });
    const pointers = this.#behavior(props, api, this.#pointerCache());
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Cuepoint',
      defaultBehavior: pointers,
      additionalBehaviors: {
        [`/${DERIVED_PREFIX}*`]: this.#derivedBehavior(props, api),
        '/v1/*': pointers,
        '/stream/*': pointers,
      },
      ...(props.accessLogs !== undefined && {
        enableLogging: true,
        logBucket: props.accessLogs,
        logFilePrefix: 'edge/',
      }),
      httpVersion: HttpVersion.HTTP2_AND_3,
      errorResponses: BRIEFLY_CACHED_ERRORS.map((httpStatus) => ({ httpStatus, ttl: ERROR_TTL })),
      ...(props.domainNames.length > 0 && { domainNames: [...props.domainNames] }),
      ...(props.certificate !== undefined && {
        certificate: props.certificate,
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      ...(props.webAclArn !== undefined && { webAclId: props.webAclArn }),
      ...(props.priceClass !== undefined && { priceClass: props.priceClass }),
    });
    this.#admitToBucket(props.media);
    this.#acknowledge(props);
  }

  #derivedBehavior(props: EdgeDistributionProps, api: IOrigin): BehaviorOptions {
    // With an access control of our own: CDK's would open the whole bucket to the distribution, see #admitToBucket.
    const { originAccessControlId } = new S3OriginAccessControl(this, 'MediaAccess');
    const primaryOrigin = S3BucketOrigin.withBucketDefaults(props.media, { originAccessControlId });
    const origin = new OriginGroup({ primaryOrigin, fallbackOrigin: api, fallbackStatusCodes: ABSENT });
    const hostHeader = new OriginRequestPolicy(this, 'Host', {
      comment: 'Cuepoint: the name that the viewer called, for the api',
      headerBehavior: OriginRequestHeaderBehavior.allowList(HOST_HEADER),
    });
    return { ...this.#behavior(props, origin, this.#derivedCache()), originRequestPolicy: hostHeader };
  }

  #behavior(props: EdgeDistributionProps, origin: IOrigin, cachePolicy: CachePolicy): BehaviorOptions {
    return {
      origin,
      cachePolicy,
      // Audio is compressed already, and an answer that CloudFront compresses has no ranges.
      compress: false,
      // Nothing is changed through the CDN: uploads and deletions are S3's own.
      allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: this.#responseHeaders.policy,
      functionAssociations: [{ function: this.#edgeFunction, eventType: FunctionEventType.VIEWER_REQUEST }],
      ...(props.keyGroup !== undefined && { trustedKeyGroups: [props.keyGroup] }),
    };
  }

  /** What lies under its URL never changes, whatever the query says. What must not be kept says so itself (redirects). */
  #derivedCache(): CachePolicy {
    return new CachePolicy(this, 'DerivedCache', {
      comment: 'Cuepoint: derived objects, by path alone',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: YEAR,
    });
  }

  /** Kept as long as the api says, and no longer. Links in an answer lead to the host that was asked. */
  #pointerCache(): CachePolicy {
    return new CachePolicy(this, 'PointerCache', {
      comment: 'Cuepoint: pointers, as long as the api says',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: YEAR,
      queryStringBehavior: CacheQueryStringBehavior.all(),
      headerBehavior: CacheHeaderBehavior.allowList(HOST_HEADER),
    });
  }

  /** Derived objects and no others: manifests are for nobody outside. */
  #admitToBucket(media: IBucket): void {
    const distributionArn = `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:distribution/${this.distribution.distributionId}`;
    media.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudfront.amazonaws.com')],
        actions: ['s3:GetObject'],
        resources: [media.arnForObjects(`${DERIVED_PREFIX}*`)],
        conditions: { StringEquals: { 'AWS:SourceArn': distributionArn } },
      }),
    );
  }

  #acknowledge({ certificate, webAclArn, accessLogs }: EdgeDistributionProps): void {
    acknowledge(this.distribution, {
      'AwsSolutions-CFR1': 'where the audio may be heard is for the deployer to say, by a WAF rule',
      ...(webAclArn === undefined && {
        'AwsSolutions-CFR2': 'a web ACL costs by the month and by the request; webAclArn sets one',
      }),
      ...(accessLogs === undefined && {
        'AwsSolutions-CFR3': 'edgeLogs is off: CloudFront writes to no bucket in regions that have to be opted into',
      }),
      ...(certificate === undefined && {
        'AwsSolutions-CFR4':
          'the certificate of cloudfront.net fixes the protocols; with an own domain TLS 1.2 is the least',
      }),
    });
  }
}
