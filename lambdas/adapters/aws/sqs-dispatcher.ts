import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { serviceFailure } from './service-failure.ts';

export type SqsDispatcherOptions = { readonly client: SQSClient; readonly queueUrl: string };

/** Sends messages, as JSON, to one queue. */
export class SqsDispatcher {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor({ client, queueUrl }: SqsDispatcherOptions) {
    this.#client = client;
    this.#queueUrl = queueUrl;
  }

  /** Resolves once the queue has the message; it may have it twice when an answer got lost. */
  async send(message: unknown): Promise<void> {
    const command = new SendMessageCommand({ QueueUrl: this.#queueUrl, MessageBody: JSON.stringify(message) });
    try {
      await this.#client.send(command);
    } catch (error) {
      throw serviceFailure(error, 'sending a message to the queue');
    }
  }
}
