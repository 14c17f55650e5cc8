import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { serviceFailure } from './service-failure.ts';

export type SqsDispatcherOptions = { readonly client: SQSClient; readonly queueUrl: string };

/** Sends messages, as JSON, to one queue, and knows how many wait there. */
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

  /** Messages that nobody has taken yet; about, as SQS counts. */
  async waiting(): Promise<number> {
    const name = 'ApproximateNumberOfMessages';
    const command = new GetQueueAttributesCommand({ QueueUrl: this.#queueUrl, AttributeNames: [name] });
    try {
      const { Attributes } = await this.#client.send(command);
      return Number(Attributes?.[name] ?? 0);
    } catch (error) {
      throw serviceFailure(error, 'asking the queue how many messages it has');
    }
  }
}
