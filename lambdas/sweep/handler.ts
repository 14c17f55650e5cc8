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
const sqs = makeSqsClient();
const ingestQueue = new SqsDispatcher({ client: sqs, queueUrl: environment.ingestQueueUrl });
const analyseQueue = new SqsDispatcher({ client: sqs, queueUrl: environment.analyseQueueUrl });
const context: IngestContext = {
  ...openAwsStores(environment, { s3: makeS3Client(), dynamoDb: makeDynamoDbClient() }),
  log: observation.log,
  config: ingestConfig(environment, { decoderExpected: environment.nativeDecoding }),
};

export const handler = (event: unknown, invocation: Invocation): Promise<ReconcileReport> =>
  observation.during(invocation, async () => {
    const deadline = deadlineOf(invocation, MARGIN_MS);
    try {
      const report = await traces.step('## sweep', {}, () =>
        sweep(
          { ...context, signal: deadline.signal },
          {
            dispatch: (found) => ingestQueue.send(ingestMessage(found)),
            waiting: { ingest: () => ingestQueue.waiting(), analyse: () => analyseQueue.waiting() },
            everything: asksForEverything(event),
          },
        ),
      );
      observation.log.info('swept', report);
      observation.measure({
        count: {
          SweepSources: report.sources,
          SweepDispatched: report.stored + report.removed,
          SweepSkipped: report.skipped,
          SweepOrphansDeleted: report.orphansDeleted,
        },
      });
      return report;
    } finally {
      deadline.clear();
    }
  });

/** A person may, by `{"everything": true}`. A schedule's event says nothing of it. */
function asksForEverything(event: unknown): boolean {
  return (event as { readonly everything?: unknown } | null)?.everything === true;
}
