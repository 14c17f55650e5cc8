/** Runs on a schedule: nothing is left undone because an event got lost. */

import { openAwsStores } from '../adapters/aws/aws-stores.ts';
import { makeDynamoDbClient, makeS3Client, makeSqsClient } from '../adapters/aws/clients.ts';
import { ingestMessage } from '../adapters/aws/source-event-decoding.ts';
import { SqsDispatcher } from '../adapters/aws/sqs-dispatcher.ts';
import { ingestConfig } from '../adapters/lambda/ingest-config.ts';
import { deadlineOf, type Invocation } from '../adapters/lambda/invocation.ts';
import { observe } from '../adapters/lambda/observation.ts';
import { traces as makeTraces } from '../adapters/lambda/traces.ts';
import type { IngestContext } from '../ingest/ports.ts';
import type { ReconcileReport } from '../ingest/reconcile.ts';
import { sweepEnvironment } from './environment.ts';
import { sweep } from './sweep.ts';

/** Time for the batch of deletions that is under way, and to write down how far it came. */
const MARGIN_MS = 30_000;

const environment = sweepEnvironment();
const observation = observe();
const traces = makeTraces();
const queue = new SqsDispatcher({ client: makeSqsClient(), queueUrl: environment.ingestQueueUrl });
const context: IngestContext = {
  ...openAwsStores(environment, { s3: makeS3Client(), dynamoDb: makeDynamoDbClient() }),
  log: observation.log,
  config: ingestConfig(environment),
};

export const handler = (_event: unknown, invocation: Invocation): Promise<ReconcileReport> =>
  observation.during(invocation, async () => {
    const deadline = deadlineOf(invocation, MARGIN_MS);
    try {
      const report = await traces.step('## sweep', {}, () =>
        sweep({ ...context, signal: deadline.signal }, (event) => queue.send(ingestMessage(event))),
      );
      observation.log.info('swept', report);
      observation.measure({
        count: {
          SweepSources: report.sources,
          SweepDispatched: report.stored + report.removed,
          SweepOrphansDeleted: report.orphansDeleted,
        },
      });
      return report;
    } finally {
      deadline.clear();
    }
  });
