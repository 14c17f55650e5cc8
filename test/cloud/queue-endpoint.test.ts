import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { LoopbackServer } from './loopback-server.ts';
import { QueueClock } from './queue-clock.ts';
import { startQueueEndpoint } from './queue-endpoint.ts';
import { startSecretsEndpoint } from './secrets-endpoint.ts';
import { WorkQueue } from './work-queue.ts';

const client = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };

describe('SQS, asked by its SDK', () => {
  const clock = new QueueClock();
  const queue = new WorkQueue({ name: 'q', arn: 'arn:q', url: '', clock, visibilityTimeoutMs: 30_000, delayMs: 0 });
  let endpoint: LoopbackServer;
  let sqs: SQSClient;
  let QueueUrl: string;
  beforeAll(async () => {
    endpoint = await startQueueEndpoint((url) => (url.endsWith('/q') ? queue : undefined));
    sqs = new SQSClient({ ...client, endpoint: endpoint.origin });
    QueueUrl = `${endpoint.origin}/000000000000/q`;
  });
  beforeEach(() => queue.purge());
  afterAll(async () => {
    sqs.destroy();
    await endpoint.close();
  });

  test('listens where the system gives no ports to clients', () => {
    expect(endpoint.port).toBeLessThan(32_768);
  });

  test('takes messages: the SDK checks their digest', async () => {
    const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'ünï' }));
    expect(queue.receive(1)).toMatchObject([{ id: MessageId, body: 'ünï' }]);
  });

  test('takes batches, late ones too', async () => {
    const Entries = [
      { Id: '1', MessageBody: 'now' },
      { Id: '2', MessageBody: 'later', DelaySeconds: 5 },
    ];
    const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Successful?.map(({ Id }) => Id)).toEqual(['1', '2']);
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['now']);
    clock.advance(5_000);
    expect(queue.receive(10).map(({ body }) => body)).toEqual(['later']);
  });

  test('tells how many there are', async () => {
    queue.send('a');
    queue.send('b');
    queue.receive(1);
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({
      QueueArn: 'arn:q',
      ApproximateNumberOfMessages: '1',
      ApproximateNumberOfMessagesNotVisible: '1',
    });
  });

  describe('ChangeMessageVisibility', () => {
    const change = (ReceiptHandle: string, VisibilityTimeout: number) =>
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));

    test.each([
      ['sooner', 5],
      ['later', 60],
    ])('a message that was received comes again %s', async (_, seconds) => {
      queue.send('a');
      const [message] = queue.receive(1);
      await change(message?.receiptHandle ?? '', seconds);
      clock.advance(seconds * 1000 - 1_000);
      expect(queue.receive(1)).toEqual([]);
      clock.advance(1_000);
      expect(queue.receive(1)).toMatchObject([{ body: 'a', receives: 2 }]);
    });

    test('of a message that is not in flight is refused', async () => {
      queue.send('a');
      const [first] = queue.receive(1);
      clock.advance(30_000);
      await expect(change(first?.receiptHandle ?? '', 5)).rejects.toMatchObject({ name: 'MessageNotInflight' });
      const [second] = queue.receive(1);
      // By an old handle, too.
      await expect(change(first?.receiptHandle ?? '', 5)).rejects.toMatchObject({ name: 'MessageNotInflight' });
      queue.delete(second?.receiptHandle ?? '');
      await expect(change(second?.receiptHandle ?? '', 5)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    });

    test.each([-1, 43_201])('by %d seconds is refused', async (seconds) => {
      queue.send('a');
      const [message] = queue.receive(1);
      await expect(change(message?.receiptHandle ?? '', seconds)).rejects.toThrow(/from 0 to 43200/);
    });
  });

  test('refuses what SQS refuses', async () => {
    const absent = new SendMessageCommand({ QueueUrl: `${endpoint.origin}/000000000000/absent`, MessageBody: 'x' });
    await expect(sqs.send(absent)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    const large = new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(2 ** 20 + 1) });
    await expect(sqs.send(large)).rejects.toThrow(/1048577 bytes/);
    expect(queue.bodies()).toEqual([]);
  });
});

describe('Secrets Manager, asked by its SDK', () => {
  test('gives what it knows, and says what it does not', async () => {
    const endpoint = await startSecretsEndpoint(new Map([['arn:secret', 'hidden']]));
    const secrets = new SecretsManagerClient({ ...client, endpoint: endpoint.origin });
    const read = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));
    expect((await read('arn:secret')).SecretString).toBe('hidden');
    await expect(read('arn:other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    secrets.destroy();
    await endpoint.close();
  });
});
