import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, LambdaFunctionURLEvent, LambdaFunctionURLResult, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { functionUrlHandler } from '../../lambdas/adapters/lambda/function-url.ts';
import type { Invocation } from '../../lambdas/adapters/lambda/invocation.ts';
import type { BatchResult, QueueBatch } from '../../lambdas/adapters/lambda/sqs-batch.ts';
import { recordedObservation } from '../support/recorded-observation.ts';

/** Holds when the types are checked: what we declare of AWS's shapes is a part of them. */
const takesBatch = (batch: SQSEvent): QueueBatch => batch;
const givesBatch = (result: BatchResult): SQSBatchResponse => result;
const takesContext = (context: Context): Invocation => context;

describe('handlers, as AWS types them', () => {
  it('answer the event of a function URL with its result', async () => {
    const handler: (event: LambdaFunctionURLEvent, context: Context) => Promise<LambdaFunctionURLResult> =
      functionUrlHandler({
        fetch: async () => new Response('here', { headers: { 'Content-Type': 'text/plain' } }),
        observation: recordedObservation(),
      });
    const context = { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 1000 } as Context;
    const file = join(__dirname, '../../events/function-url-get.json');
    const event: LambdaFunctionURLEvent = JSON.parse(await readFile(file, 'utf8'));
    const result = await handler(event, context);
    expect(result).toMatchObject({ statusCode: 200, body: 'here', isBase64Encoded: false });
    expect([takesBatch, givesBatch, takesContext]).toHaveLength(3);
  });
});
