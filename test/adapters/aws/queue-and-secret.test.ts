import { createHash } from 'node:crypto';
import { makeSecretsClient, makeSqsClient } from '../../../lambdas/adapters/aws/clients.ts';
import { readSecret } from '../../../lambdas/adapters/aws/secret.ts';
import { SqsDispatcher } from '../../../lambdas/adapters/aws/sqs-dispatcher.ts';
import { SqsRedelivery } from '../../../lambdas/adapters/aws/sqs-redelivery.ts';
import { answering, type EngineProxy, type Fault, startProxy } from './engine-proxy.ts';

const NOBODY = 'http://127.0.0.1:1';
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

function json(body: object, status = 200): Fault {
  return answering({ status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) });
}

describe('a service that answers in JSON', () => {
  let service: EngineProxy | undefined;
  const settings = () => ({ region: 'us-east-1', endpoint: service?.url ?? NOBODY, credentials });
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  describe('SqsDispatcher', () => {
    const dispatcher = () =>
      new SqsDispatcher({ client: makeSqsClient(settings()), queueUrl: `${service?.url}/1/queue` });

    it('sends its message as JSON, once', async () => {
      service = await startProxy(NOBODY, ({ body }) => {
        const MD5OfMessageBody = createHash('md5')
          .update(JSON.parse(Buffer.from(body, 'latin1').toString()).MessageBody)
          .digest('hex');
        return json({ MessageId: 'm', MD5OfMessageBody });
      });
      await dispatcher().send({ cuepoint: 'ingest', event: { key: 'Ünï "quoted"' } });
      expect(service.requests.map(({ headers }) => headers['x-amz-target'])).toEqual(['AmazonSQS.SendMessage']);
      const { QueueUrl, MessageBody } = JSON.parse(Buffer.from(service.requests[0]?.body ?? '', 'latin1').toString());
      expect(QueueUrl).toBe(`${service.url}/1/queue`);
      expect(JSON.parse(MessageBody)).toEqual({ cuepoint: 'ingest', event: { key: 'Ünï "quoted"' } });
    });

    it('tells how many messages wait', async () => {
      service = await startProxy(NOBODY, () => json({ Attributes: { ApproximateNumberOfMessages: '1234' } }));
      expect(await dispatcher().waiting()).toBe(1234);
      expect(service.requests.map(({ headers }) => headers['x-amz-target'])).toEqual(['AmazonSQS.GetQueueAttributes']);
      await service.close();
      service = await startProxy(NOBODY, () => json({ __type: 'InternalError' }, 500));
      await expect(dispatcher().waiting()).rejects.toMatchObject({ code: 'unavailable' });
    });

    it('fails as unavailable while the queue does', async () => {
      service = await startProxy(NOBODY, () => json({ __type: 'InternalError' }, 500));
      await expect(dispatcher().send({})).rejects.toMatchObject({ code: 'unavailable' });
      expect(service.requests.length).toBeGreaterThan(1);
    });

    it('fails for good when it is refused', async () => {
      service = await startProxy(NOBODY, () => json({ __type: 'com.amazon.coral.service#AccessDeniedException' }, 400));
      await expect(dispatcher().send({})).rejects.toMatchObject({ code: 'internal' });
    });
  });

  describe('SqsRedelivery', () => {
    const redelivery = () =>
      new SqsRedelivery({ client: makeSqsClient(settings()), queueUrl: `${service?.url}/1/queue` });

    it('says when a message is to come again', async () => {
      service = await startProxy(NOBODY, () => json({}));
      await redelivery().after('AQEB+handle/==', 120);
      expect(service.requests.map(({ headers }) => headers['x-amz-target'])).toEqual([
        'AmazonSQS.ChangeMessageVisibility',
      ]);
      expect(JSON.parse(service.requests[0]?.body ?? '')).toEqual({
        QueueUrl: `${service.url}/1/queue`,
        ReceiptHandle: 'AQEB+handle/==',
        VisibilityTimeout: 120,
      });
    });

    it('fails as unavailable while the queue does', async () => {
      service = await startProxy(NOBODY, () => json({ __type: 'InternalError' }, 500));
      await expect(redelivery().after('r', 30)).rejects.toMatchObject({ code: 'unavailable' });
    });
  });

  describe('readSecret', () => {
    const read = () => readSecret(makeSecretsClient(settings()), 'arn:aws:secretsmanager:us-east-1:1:secret:key');

    it('gives the text of a secret', async () => {
      service = await startProxy(NOBODY, () => json({ SecretString: '-----BEGIN' }));
      await expect(read()).resolves.toBe('-----BEGIN');
      expect(JSON.parse(service.requests[0]?.body ?? '')).toEqual({
        SecretId: 'arn:aws:secretsmanager:us-east-1:1:secret:key',
      });
    });

    it('takes bytes for UTF-8', async () => {
      service = await startProxy(NOBODY, () => json({ SecretBinary: Buffer.from('schlüssel').toString('base64') }));
      await expect(read()).resolves.toBe('schlüssel');
    });

    it('says in words that there is no value, or no answer', async () => {
      service = await startProxy(NOBODY, () => json({}));
      await expect(read()).rejects.toMatchObject({ code: 'internal', message: expect.stringMatching(/no value/) });
      await service.close();
      service = await startProxy(NOBODY, () => json({ __type: 'InternalServiceError' }, 500));
      await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
