/** Works off the queue of sources that have to be decoded to be indexed, in the one function that has native code. */

import { openAwsStores } from '../adapters/aws/aws-stores.ts';
import { makeDynamoDbClient, makeS3Client } from '../adapters/aws/clients.ts';
import { LazyDecoder } from '../adapters/codec/lazy-decoder.ts';
import { loadDecoder } from '../adapters/codec/node-av-decoder.ts';
import { ingestConfig } from '../adapters/lambda/ingest-config.ts';
import { observe } from '../adapters/lambda/observation.ts';
import { sourceWorker } from '../adapters/lambda/source-worker.ts';
import { traces as makeTraces } from '../adapters/lambda/traces.ts';
import { MusicMetadataTagReader } from '../adapters/metadata/music-metadata-tag-reader.ts';
import type { IngestContext } from '../ingest/ports.ts';
import { takeEvent } from '../ingest/take-event.ts';
import { analyseEnvironment } from './environment.ts';

const environment = analyseEnvironment();
const observation = observe();
const traces = makeTraces();
const context: IngestContext = {
  ...openAwsStores(environment, { s3: makeS3Client(), dynamoDb: traces.captured(makeDynamoDbClient()) }),
  log: observation.log,
  tagReader: new MusicMetadataTagReader(),
  decoder: new LazyDecoder(loadDecoder),
  config: ingestConfig(environment),
};

export const handler = sourceWorker({
  sourceBucket: environment.sourceBucket,
  maxReceives: environment.maxReceives,
  observation,
  traces,
  take: (event, { signal, isLast }) => takeEvent({ ...context, signal }, event, { isLast }),
});
