/**
 * From buckets to queues. RGW pushes every event of a bucket to a receiver here, which sends to the queues what S3 would
 * have sent. RGW waits for the receiver's answer before it answers a write, so what was written has been told of.
 */
import type { IncomingMessage } from 'node:http';
import { type Credentials, signedHeaders } from './aws-signature.ts';
import { resourcePolicy } from './iam.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback-server.ts';
import { ACCOUNT_ID } from './physical-names.ts';
import { Properties, parsePlain } from './plain-values.ts';
import { isAllowed } from './policy-statements.ts';
import { awsEventMessage, type NotificationRule, notificationRules, readPushedEvent, ruleMatches } from './s3-event.ts';
import type { ResolvedResource, Template } from './template.ts';
import type { WorkQueue } from './work-queue.ts';

export type NotificationsOptions = {
  readonly template: Template;
  readonly s3: Credentials & { readonly endpoint: string };
  /** Throws for a queue that the template does not have. */
  readonly queue: (arn: string) => WorkQueue;
};

type NotifyingBucket = { readonly name: string; readonly rules: readonly NotificationRule[] };

export class Notifications {
  readonly #options: NotificationsOptions;
  readonly #buckets: readonly NotifyingBucket[];
  readonly #receiver: LoopbackServer;
  #received = 0;

  /** Throws when a queue's policy does not let S3 send to it, as S3 refuses such a configuration. */
  static async start(options: NotificationsOptions): Promise<Notifications> {
    const buckets = options.template.ofType('AWS::S3::Bucket').flatMap((bucket) => {
      const configuration = bucket.properties.objectOr('NotificationConfiguration', undefined);
      if (configuration === undefined) return [];
      const rules = notificationRules(configuration);
      for (const rule of rules) refuseUnlessAllowed(options.template, bucket, rule);
      return [{ name: bucket.physicalId, rules }];
    });
    const started: { notifications?: Notifications } = {};
    const receiver = await serveOnLoopback((incoming, answer) => {
      const received = started.notifications?.receive(incoming) ?? Promise.reject(new Error('not started yet'));
      received.then(
        () => answer.writeHead(200).end(),
        (error: unknown) => {
          process.stderr.write(`a notification of S3 was not understood: ${String(error)}\n`);
          answer.writeHead(500).end();
        },
      );
    });
    started.notifications = new Notifications(options, buckets, receiver);
    for (const { name } of buckets) await started.notifications.#subscribe(name);
    return started.notifications;
  }

  private constructor(options: NotificationsOptions, buckets: readonly NotifyingBucket[], receiver: LoopbackServer) {
    this.#options = options;
    this.#buckets = buckets;
    this.#receiver = receiver;
  }

  /** Events that RGW told of so far. */
  get received(): number {
    return this.#received;
  }

  async receive(incoming: IncomingMessage): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const pushed = Properties.of(parsePlain(Buffer.concat(parts).toString()), 'notification');
    for (const record of pushed.objects('Records')) {
      this.#received++;
      const event = readPushedEvent(record);
      const rules = this.#buckets.find(({ name }) => name === event.bucket)?.rules ?? [];
      for (const [index, rule] of rules.entries()) {
        if (!ruleMatches(rule, event.eventName, event.key)) continue;
        this.#options.queue(rule.queueArn).send(JSON.stringify(awsEventMessage(record, `notification-${index}`)));
      }
    }
  }

  async close(): Promise<void> {
    for (const { name } of this.#buckets) {
      await this.#ask('s3', 'DELETE', `/${name}?notification=`);
      await this.#deleteTopic(name);
    }
    await this.#receiver.close();
  }

  async #subscribe(bucket: string): Promise<void> {
    const topicArn = await this.#createTopic(bucket);
    const configuration =
      '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TopicConfiguration>' +
      `<Id>local-cloud</Id><Topic>${topicArn}</Topic>` +
      '<Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>' +
      '</TopicConfiguration></NotificationConfiguration>';
    await this.#ask('s3', 'PUT', `/${bucket}?notification=`, configuration);
  }

  async #createTopic(bucket: string): Promise<string> {
    const answer = await this.#ask(
      'sns',
      'POST',
      '/',
      form({
        Action: 'CreateTopic',
        Name: bucket,
        'Attributes.entry.1.key': 'push-endpoint',
        'Attributes.entry.1.value': this.#receiver.origin,
      }),
    );
    const arn = /<TopicArn>([^<]+)<\/TopicArn>/.exec(answer)?.[1];
    if (arn === undefined)
      throw new Error(`RGW answered CreateTopic with ${answer.slice(0, 300)}; expected a TopicArn`);
    return arn;
  }

  async #deleteTopic(bucket: string): Promise<void> {
    await this.#ask('sns', 'POST', '/', form({ Action: 'DeleteTopic', TopicArn: `arn:aws:sns:default::${bucket}` }));
  }

  async #ask(service: 's3' | 'sns', method: string, target: string, body?: string): Promise<string> {
    const { s3 } = this.#options;
    const url = new URL(target, s3.endpoint);
    const headers = { 'content-type': service === 'sns' ? 'application/x-www-form-urlencoded' : 'application/xml' };
    const answer = await fetch(url, {
      method,
      ...(body !== undefined && { body }),
      headers: signedHeaders({ method, url, headers, service, body: body ?? '' }, s3, Date.now()),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`RGW answered ${method} ${target} with ${answer.status}: ${text.slice(0, 300)}`);
    return text;
  }
}

function refuseUnlessAllowed(template: Template, bucket: ResolvedResource, { queueArn }: NotificationRule): void {
  const queue = template.find(queueArn, 'AWS::SQS::Queue');
  const allowed = isAllowed(resourcePolicy(template, queue.physicalId), {
    action: 'sqs:SendMessage',
    resource: queueArn,
    principal: 'Service:s3.amazonaws.com',
    context: {
      'aws:SourceArn': bucket.attribute('Arn'),
      'aws:SourceAccount': ACCOUNT_ID,
      'aws:SecureTransport': 'true',
    },
  });
  if (!allowed) throw new Error(`the policy of ${queue.logicalId} does not let ${bucket.logicalId} send events to it`);
}

function form(values: Record<string, string>): string {
  return new URLSearchParams(values).toString();
}
