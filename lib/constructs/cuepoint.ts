import { KeyGroup, PublicKey } from 'aws-cdk-lib/aws-cloudfront';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { AccessLogBucket } from './access-log-bucket.ts';
import { Alarms } from './alarms.ts';
import { ApiFunction } from './api-function.ts';
import type { CuepointFunction, FunctionDefaults } from './cuepoint-function.ts';
import type { CuepointProps } from './cuepoint-props.ts';
import { type CuepointSettings, settingsOf } from './cuepoint-settings.ts';
import type { CuepointStores } from './cuepoint-stores.ts';
import { EdgeDistribution } from './edge-distribution.ts';
import { MediaBucket } from './media-bucket.ts';
import { onSending } from './permissions.ts';
import { QueueWorker } from './queue-worker.ts';
import { SourceBucket } from './source-bucket.ts';
import { SweepFunction } from './sweep-function.ts';
import { TrackTable } from './track-table.ts';

/** Memory buys processor time: one processor to itself, as scanning is one thread's work. */
const WORKER_MEMORY_MEGABYTES = 1769;

/** As few as SQS allows. Each decodes a whole file, and few files need it. */
const ANALYSE_CONCURRENCY = 2;

/** Names of a stack's outputs that `cuepoint --stack` reads. Part of the contract with the command line. */
export type CuepointOutput =
  | 'SourceBucketName'
  | 'MediaBucketName'
  | 'TableName'
  | 'IngestQueueUrl'
  | 'IngestDeadLettersUrl'
  | 'AnalyseQueueUrl'
  | 'AnalyseDeadLettersUrl'
  | 'DistributionDomainName'
  | 'DistributionId'
  | 'Chunking'
  | 'Location'
  | 'RetainReplacedSeconds'
  | 'IngestFunctionName'
  | 'AnalyseFunctionName'
  | 'ApiFunctionName'
  | 'SweepFunctionName';

/**
 * Cuepoint, whole: a bucket to put audio into, and an address that answers for every range of it.
 *
 *     new Cuepoint(this, 'Audio', { access: Access.publicRead() });
 */
export class Cuepoint extends Construct {
  /** Where audio is uploaded to. */
  readonly sourceBucket: IBucket;
  /** What is derived from it. */
  readonly mediaBucket: IBucket;
  /** The name that CloudFront gave the one address of everything. */
  readonly distributionDomainName: string;
  /** What `cuepoint --stack` has to know; write each as an output of that name. */
  readonly outputs: Readonly<Record<CuepointOutput, string>>;

  constructor(scope: Construct, id: string, props: CuepointProps) {
    super(scope, id);
    const settings = settingsOf(props);
    const accessLogs = new AccessLogBucket(this, 'AccessLogs', { retention: settings.accessLogRetention }).bucket;
    const sources = new SourceBucket(this, 'Sources', {
      existing: settings.sourceBucket,
      accessLogs,
      removalPolicy: settings.sourceRemovalPolicy,
      noncurrentRetention: settings.noncurrentSourceRetention,
    });
    const stores: CuepointStores = {
      sources: sources.bucket,
      media: new MediaBucket(this, 'Media', {
        accessLogs,
        allowedOrigins: linkOrigins(settings),
        removalPolicy: settings.derivedRemovalPolicy,
      }).bucket,
      table: new TrackTable(this, 'Tracks', { removalPolicy: settings.derivedRemovalPolicy }),
    };
    const parts = this.#parts(settings, stores, accessLogs);
    sources.notify(parts.ingest.work.queue);
    this.sourceBucket = stores.sources;
    this.mediaBucket = stores.media;
    this.distributionDomainName = parts.edge.distribution.distributionDomainName;
    this.outputs = outputsOf(settings, stores, parts);
  }

  #parts(settings: CuepointSettings, stores: CuepointStores, accessLogs: IBucket): Parts {
    const defaults = functionDefaults(settings, stores);
    const analyse = this.#analyse(settings, stores, defaults);
    const ingest = this.#ingest(settings, stores, defaults, analyse);
    const sweep = new SweepFunction(this, 'Sweep', {
      defaults,
      stores,
      ingestQueue: ingest.work.queue,
      analyseQueue: analyse.work.queue,
      interval: settings.sweepInterval,
      nativeDecoding: settings.nativeDecoding,
    }).sweep;
    const key = this.#trustedKey(settings);
    const { api, url } = new ApiFunction(this, 'Api', {
      defaults,
      stores,
      access: settings.access.choice,
      keyPairId: key?.publicKeyId,
      linkLife: settings.linkLife,
      maxBodyBytes: settings.maxBodyBytes,
      allowedOrigins: settings.allowedOrigins,
      reservedConcurrency: settings.apiReservedConcurrency,
    });
    const edge = new EdgeDistribution(this, 'Edge', {
      media: stores.media,
      apiUrl: url,
      accessLogs: settings.edgeLogs ? accessLogs : undefined,
      keyGroup: key && new KeyGroup(this, 'TrustedKeys', { items: [key] }),
      allowedOrigins: settings.allowedOrigins,
      domainNames: settings.domainNames,
      certificate: settings.certificate,
      webAclArn: settings.webAclArn,
      priceClass: settings.priceClass,
    });
    new Alarms(this, 'Alarms', {
      functions: { Ingest: ingest.worker, Analyse: analyse.worker, Api: api, Sweep: sweep },
      work: { Ingest: ingest.work, Analyse: analyse.work },
      api,
      topic: settings.alarmTopic,
    });
    return { ingest, analyse, api, sweep, edge };
  }

  #ingest(
    settings: CuepointSettings,
    stores: CuepointStores,
    defaults: FunctionDefaults,
    analyse: QueueWorker,
  ): QueueWorker {
    return new QueueWorker(this, 'Ingest', {
      bundle: 'ingest',
      description: 'Cuepoint: finds the packets of a source, cuts it into chunks, indexes them',
      defaults,
      stores,
      memoryMegabytes: WORKER_MEMORY_MEGABYTES,
      environment: { CUEPOINT_ANALYSE_QUEUE_URL: analyse.work.queue.queueUrl },
      permissions: [onSending(analyse.work.queue)],
      maxConcurrency: settings.ingestConcurrency,
      batchSize: settings.ingestBatchSize,
      queueVariable: 'CUEPOINT_INGEST_QUEUE_URL',
    });
  }

  #analyse(settings: CuepointSettings, stores: CuepointStores, defaults: FunctionDefaults): QueueWorker {
    return new QueueWorker(this, 'Analyse', {
      bundle: 'analyse',
      description: 'Cuepoint: analyses what was published, ingests what has to be decoded to be indexed',
      defaults,
      stores,
      memoryMegabytes: WORKER_MEMORY_MEGABYTES,
      environment: { CUEPOINT_NATIVE_DECODING: settings.nativeDecoding ? 'yes' : 'no' },
      permissions: [],
      maxConcurrency: ANALYSE_CONCURRENCY,
      batchSize: 1,
      nativeDecoding: settings.nativeDecoding,
      queueVariable: 'CUEPOINT_ANALYSE_QUEUE_URL',
      // What it publishes itself is to be analysed, and a long analysis goes on in another run.
      sendsToItself: true,
    });
  }

  #trustedKey({ access }: CuepointSettings): PublicKey | undefined {
    if (access.choice.kind === 'public') return undefined;
    return new PublicKey(this, 'PublicKey', { encodedKey: access.choice.publicKeyPem });
  }
}

/**
 * Whose pages may follow links to the bucket: our own page as well, under names of its own. The one that CloudFront gives is
 * not known when the bucket is made.
 */
function linkOrigins({ allowedOrigins, domainNames }: CuepointSettings): readonly string[] | undefined {
  return allowedOrigins && [...new Set([...allowedOrigins, ...domainNames.map((name) => `https://${name}`)])];
}

type Parts = {
  readonly ingest: QueueWorker;
  readonly analyse: QueueWorker;
  readonly api: CuepointFunction;
  readonly sweep: CuepointFunction;
  readonly edge: EdgeDistribution;
};

function functionDefaults(settings: CuepointSettings, { sources, media, table }: CuepointStores): FunctionDefaults {
  return {
    processor: settings.architecture,
    logRetention: settings.logRetention,
    environment: {
      CUEPOINT_SOURCE_BUCKET: sources.bucketName,
      CUEPOINT_MEDIA_BUCKET: media.bucketName,
      CUEPOINT_TABLE: table.table.tableName,
      CUEPOINT_CHUNKING: JSON.stringify(settings.chunking),
      CUEPOINT_LOCATION: settings.location,
      CUEPOINT_RETAIN_REPLACED_SECONDS: String(settings.replacedRetention.toSeconds()),
    },
  };
}

function outputsOf(
  settings: CuepointSettings,
  { sources, media, table }: CuepointStores,
  { ingest, analyse, api, sweep, edge }: Parts,
): Record<CuepointOutput, string> {
  return {
    SourceBucketName: sources.bucketName,
    MediaBucketName: media.bucketName,
    TableName: table.table.tableName,
    IngestQueueUrl: ingest.work.queue.queueUrl,
    IngestDeadLettersUrl: ingest.work.deadLetters.queueUrl,
    AnalyseQueueUrl: analyse.work.queue.queueUrl,
    AnalyseDeadLettersUrl: analyse.work.deadLetters.queueUrl,
    DistributionDomainName: edge.distribution.distributionDomainName,
    DistributionId: edge.distribution.distributionId,
    Chunking: JSON.stringify(settings.chunking),
    Location: settings.location,
    RetainReplacedSeconds: String(settings.replacedRetention.toSeconds()),
    IngestFunctionName: ingest.worker.function.functionName,
    AnalyseFunctionName: analyse.worker.function.functionName,
    ApiFunctionName: api.function.functionName,
    SweepFunctionName: sweep.function.functionName,
  };
}
