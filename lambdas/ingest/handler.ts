/** Works off the queue of what happened to sources: reads each, cuts it into chunks, publishes its revision. */

import { analysisMessage } from '../adapters/aws/analysis-message.ts';
import { openAwsStores } from '../adapters/aws/aws-stores.ts';
import { makeDynamoDbClient, makeS3Client, makeSqsClient } from '../adapters/aws/clients.ts';
import { ingestMessage } from '../adapters/aws/source-event-decoding.ts';
import { SqsDispatcher } from '../adapters/aws/sqs-dispatcher.ts';
import { SqsRedelivery } from '../adapters/aws/sqs-redelivery.ts';
import { ingestConfig } from '../adapters/lambda/ingest-config.ts';
import { observe } from '../adapters/lambda/observation.ts';
import { sourceWorker } from '../adapters/lambda/source-worker.ts';
import { traces as makeTraces } from '../adapters/lambda/traces.ts';
import { MusicMetadataTagReader } from '../adapters/metadata/music-metadata-tag-reader.ts';
import { ingestEnvironment } from './environment.ts';
import type { IngestContext } from './ports.ts';
import { takeEvent } from './take-event.ts';

const environment = ingestEnvironment();
const observation = observe();
const traces = makeTraces();
const sqs = traces.captured(makeSqsClient());
const analyse = new SqsDispatcher({ client: sqs, queueUrl: environment.analyseQueueUrl });
const context: IngestContext = {
  ...openAwsStores(environment, { s3: makeS3Client(), dynamoDb: traces.captured(makeDynamoDbClient()) }),
  log: observation.log,
  tagReader: new MusicMetadataTagReader(),
  config: ingestConfig(environment),
  handOver: (event) => analyse.send(ingestMessage(event)),
  analyse: (request) => analyse.send(analysisMessage(request)),
};

export const handler = sourceWorker({
  sourceBucket: environment.sourceBucket,
  maxReceives: environment.maxReceives,
  redelivery: new SqsRedelivery({ client: sqs, queueUrl: environment.ingestQueueUrl }),
  observation,
  traces,
  take: (event, { signal, isLast }) => takeEvent({ ...context, signal }, event, { isLast }),
});
