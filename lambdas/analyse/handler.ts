/**
 * Works off the queue of all that has to be decoded, in the one function that has native code: sources that cannot be indexed
 * without, and the analyses of what was published.
 */

import { analysisMessage, decodeAnalysisMessage } from '../adapters/aws/analysis-message.ts';
import { openAwsStores } from '../adapters/aws/aws-stores.ts';
import { makeDynamoDbClient, makeS3Client, makeSqsClient } from '../adapters/aws/clients.ts';
import { SqsDispatcher } from '../adapters/aws/sqs-dispatcher.ts';
import { SqsRedelivery } from '../adapters/aws/sqs-redelivery.ts';
import { LazyDecoder } from '../adapters/codec/lazy-decoder.ts';
import { loadDecoder } from '../adapters/codec/node-av-decoder.ts';
import { ingestConfig } from '../adapters/lambda/ingest-config.ts';
import { observe } from '../adapters/lambda/observation.ts';
import { sourceWorker } from '../adapters/lambda/source-worker.ts';
import { traces as makeTraces } from '../adapters/lambda/traces.ts';
import { MusicMetadataTagReader } from '../adapters/metadata/music-metadata-tag-reader.ts';
import type { AnalysisRequest, IngestContext } from '../ingest/ports.ts';
import { takeEvent } from '../ingest/take-event.ts';
import { analyseEnvironment } from './environment.ts';
import type { AnalyseConfig, AnalyseContext } from './ports.ts';
import { takeAnalysis } from './take-analysis.ts';

const environment = analyseEnvironment();
const observation = observe();
const traces = makeTraces();
const ownQueue = { client: traces.captured(makeSqsClient()), queueUrl: environment.analyseQueueUrl };
const queue = new SqsDispatcher(ownQueue);
const decoder = new LazyDecoder(loadDecoder);
const config = ingestConfig(environment, { decoderExpected: environment.nativeDecoding });

/** An hour of a function is about 20 cents and, at a hundred times realtime, four days of audio. Saving takes 50 ms. */
const ANALYSES: AnalyseConfig = {
  maxAnalysisMs: 3600 * 1000,
  saveIntervalMs: 60_000,
  readBlockBytes: config.readBlockBytes,
};

const context: IngestContext = {
  ...openAwsStores(environment, { s3: makeS3Client(), dynamoDb: traces.captured(makeDynamoDbClient()) }),
  log: observation.log,
  tagReader: new MusicMetadataTagReader(),
  decoder,
  config,
  analyse: (request) => queue.send(analysisMessage(request)),
};

export const handler = sourceWorker({
  sourceBucket: environment.sourceBucket,
  maxReceives: environment.maxReceives,
  redelivery: new SqsRedelivery(ownQueue),
  observation,
  traces,
  take: (event, { signal, isLast }) => takeEvent({ ...context, signal }, event, { isLast }),
  takeOther: (body, { signal, isLast }) => {
    const request = decodeAnalysisMessage(body);
    return request && analyse(request, signal, isLast);
  },
});

function analyse(request: AnalysisRequest, signal: AbortSignal, isLast: boolean) {
  const analysing: AnalyseContext = {
    ...context,
    decoder,
    signal,
    analyse: ANALYSES,
    rechunk: async (event) => void (await takeEvent({ ...context, signal }, event, { isLast })),
  };
  return takeAnalysis(analysing, request, { isLast, goOn: (again) => queue.send(analysisMessage(again)) });
}
