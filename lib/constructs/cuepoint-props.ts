import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { ChunkingConfig } from '../../lambdas/core/chunking/strategy.ts';
import type { ChunkLocation } from '../../lambdas/core/track/record.ts';
import type { Processor } from '../processor.ts';
import type { Access } from './access.ts';

export interface CuepointProps {
  /** Who may listen. */
  readonly access: Access;

  /**
   * A bucket that exists already, and whose audio is to be served. It has to send its events to EventBridge; what is in it
   * already is found by the sweep. Nothing about the bucket is changed.
   *
   * @default - a new bucket, private, encrypted and versioned
   */
  readonly sourceBucket?: IBucket | undefined;

  /**
   * What happens to the source bucket when the stack is destroyed. DESTROY fails while there is anything in it.
   *
   * @default - it stays: what people uploaded is nowhere else
   */
  readonly sourceRemovalPolicy?: RemovalPolicy | undefined;

  /**
   * What happens to the media bucket and to the table when the stack is destroyed. Both can be made again from the sources.
   * DESTROY fails while there is anything in the bucket.
   *
   * @default - they stay
   */
  readonly derivedRemovalPolicy?: RemovalPolicy | undefined;

  /**
   * How long a source that was overwritten or deleted can be brought back.
   *
   * @default - 30 days
   */
  readonly noncurrentSourceRetention?: Duration | undefined;

  /**
   * How sources are cut into chunks. Part of every revision: a change makes the sweep ingest every source anew.
   *
   * @default - chunks of 10 seconds, of 8 MiB at most
   */
  readonly chunking?: ChunkingConfig | undefined;

  /**
   * Whether each chunk is an object, or a window of one copy of the source. Part of every revision, like `chunking`.
   *
   * @default - objects
   */
  readonly location?: ChunkLocation | undefined;

  /**
   * What the functions run on.
   *
   * @default - arm64, which costs a fifth less
   */
  readonly architecture?: Processor | undefined;

  /**
   * Whether the native decoder is deployed, which sources of WMA need. The packages have to be installed for `architecture`,
   * else synthesis ends with the command that does it. The decoder is a GPL build of FFmpeg.
   *
   * @default - it is not: WMA files end as failed, `decoder_missing`, all others are served
   */
  readonly nativeDecoding?: boolean | undefined;

  /**
   * How long the links to chunks in a plan hold, from 15 minutes to 12 hours. Not longer than the api's own credentials.
   *
   * @default - 1 hour
   */
  readonly linkLife?: Duration | undefined;

  /**
   * How long a revision that was replaced is kept for those who are playing it. At least `linkLife`.
   *
   * @default - as long as links hold
   */
  readonly replacedRetention?: Duration | undefined;

  /**
   * The longest body that the api answers by itself, in bytes. What is longer comes from the bucket, by a redirect. Lambda
   * takes no more than 4.5 MB of audio in an answer.
   *
   * @default - 4 MiB
   */
  readonly maxBodyBytes?: number | undefined;

  /**
   * How often sources are compared with tracks.
   *
   * @default - every hour
   */
  readonly sweepInterval?: Duration | undefined;

  /**
   * How many sources are ingested at the same time, 2 at least.
   *
   * @default - 10
   */
  readonly ingestConcurrency?: number | undefined;

  /**
   * How many messages an ingest takes at once, 10 at most. They are worked off one after the other, in the time and memory of
   * one invocation: more than 1 is for many small files.
   *
   * @default - 1
   */
  readonly ingestBatchSize?: number | undefined;

  /**
   * Of which origins pages may read answers, each such as `https://player.example`. Pages of other sites may then not even
   * embed the audio.
   *
   * @default - of any
   */
  readonly allowedOrigins?: string[] | undefined;

  /**
   * A bound on the requests that the api answers at the same time. It is taken from the account's concurrency, of which 100
   * have to remain.
   *
   * @default - none but the account's
   */
  readonly apiReservedConcurrency?: number | undefined;

  /**
   * Names of your own under which everything is served; `certificate` has to cover them.
   *
   * @default - the name that CloudFront gives
   */
  readonly domainNames?: string[] | undefined;

  /**
   * The certificate for `domainNames`, of the region us-east-1.
   *
   * @default - CloudFront's own
   */
  readonly certificate?: ICertificate | undefined;

  /**
   * ARN of a web ACL (WAF) of scope CLOUDFRONT.
   *
   * @default - none
   */
  readonly webAclArn?: string | undefined;

  /**
   * From which of CloudFront's places is served.
   *
   * @default - from all
   */
  readonly priceClass?: PriceClass | undefined;

  /**
   * Who is told of alarms. The topic's policy has to let CloudWatch publish.
   *
   * @default - nobody; alarms show in CloudWatch
   */
  readonly alarmTopic?: ITopic | undefined;

  /**
   * How long the functions' logs are kept.
   *
   * @default - 3 months
   */
  readonly logRetention?: RetentionDays | undefined;

  /**
   * Whether CloudFront logs requests. In regions that an account has to opt into it cannot: it writes to no bucket there.
   *
   * @default - it does
   */
  readonly edgeLogs?: boolean | undefined;

  /**
   * How long the logs of requests to S3 and CloudFront are kept.
   *
   * @default - 90 days
   */
  readonly accessLogRetention?: Duration | undefined;
}
