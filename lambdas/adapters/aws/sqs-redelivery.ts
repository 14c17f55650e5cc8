import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { serviceFailure } from './service-failure.ts';

export type SqsRedeliveryOptions = { readonly client: SQSClient; readonly queueUrl: string };

/** When one queue delivers again what it has delivered. */
export class SqsRedelivery {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor({ client, queueUrl }: SqsRedeliveryOptions) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /** `delaySeconds` from now: a whole number from 0 to 43,200. */
  async after(receiptHandle: string, delaySeconds: number): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: this.#queueUrl,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: delaySeconds,
    });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw serviceFailure(error, 'having the queue deliver a message again');
    }
  }
}
