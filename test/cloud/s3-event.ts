/**
 * What RGW pushes, as the message that S3 would send, and which of a bucket's notifications it is for.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
import { REGION } from './physical-names.ts';
import type { PlainProperties, Properties } from './plain-values.ts';

export type NotificationRule = {
  /** For example `s3:ObjectCreated:*`. */
  readonly event: string;
  readonly queueArn: string;
  readonly prefix: string;
  readonly suffix: string;
};

/** Types that never come about here: nothing here expires, is restored or replicated. */
const NEVER_HERE = ['s3:LifecycleExpiration:', 's3:LifecycleTransition', 's3:ObjectRestore:', 's3:Replication:'];
const KNOWN_EVENTS = ['s3:ObjectCreated:', 's3:ObjectRemoved:', ...NEVER_HERE];

const KNOWN_TARGETS = new Set(['QueueConfigurations']);

/** From a bucket's `NotificationConfiguration`; throws for targets and events that are not known here. */
export function notificationRules(configuration: Properties): NotificationRule[] {
  for (const target of Object.keys(configuration.values)) {
    if (!KNOWN_TARGETS.has(target)) throw new Error(`${configuration.path} has ${target}, which is not known here`);
  }
  return configuration.objects('QueueConfigurations').map((rule) => {
    const event = rule.text('Event');
    if (!KNOWN_EVENTS.some((known) => event.startsWith(known))) {
      throw new Error(`${rule.path} is for ${event}, which is not known here`);
    }
    const filters = rule.objectOr('Filter', undefined)?.object('S3Key').objects('Rules') ?? [];
    const filter = (name: string) =>
      filters.find((candidate) => candidate.text('Name').toLowerCase() === name)?.text('Value') ?? '';
    return { event, queueArn: rule.text('Queue'), prefix: filter('prefix'), suffix: filter('suffix') };
  });
}

/** @param eventName as in a record, without `s3:` @param key as it is, not encoded */
export function ruleMatches({ event, prefix, suffix }: NotificationRule, eventName: string, key: string): boolean {
  const pattern = event.replace('s3:', '');
  const nameMatches = pattern.endsWith('*') ? eventName.startsWith(pattern.slice(0, -1)) : pattern === eventName;
  return nameMatches && key.startsWith(prefix) && key.endsWith(suffix);
}

/** As form encoding has it: a space is `+`, slashes stay. */
export function encodeEventKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}

export type PushedEvent = { readonly eventName: string; readonly bucket: string; readonly key: string };

/** What a record of RGW's is about. Its names may have `s3:` before them. */
export function readPushedEvent(record: Properties): PushedEvent {
  const s3 = record.object('s3');
  return {
    eventName: record.text('eventName').replace(/^s3:/, ''),
    bucket: s3.object('bucket').text('name'),
    key: s3.object('object').text('key'),
  };
}

/** One message for a queue: S3 sends one record in each. */
export function awsEventMessage(record: Properties, configurationId: string): PlainProperties {
  const { eventName, bucket, key } = readPushedEvent(record);
  const object = record.object('s3').object('object');
  const versionId = object.textOr('versionId', '');
  const isRemoval = eventName.startsWith('ObjectRemoved:');
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: REGION,
        eventTime: record.text('eventTime'),
        eventName,
        userIdentity: { principalId: 'AWS:LOCAL' },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': 'LOCAL', 'x-amz-id-2': 'LOCAL' },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: { name: bucket, ownerIdentity: { principalId: 'LOCAL' }, arn: `arn:aws:s3:::${bucket}` },
          object: {
            key: encodeEventKey(key),
            ...(!isRemoval && {
              size: object.numberOr('size', 0),
              eTag: object.textOr('eTag', '').replaceAll('"', ''),
            }),
            ...(versionId !== '' && { versionId }),
            sequencer: orderedSequencer(object.text('sequencer')),
          },
        },
      },
    ],
  };
}

/**
 * RGW writes the time of the event as the bytes of a little-endian struct (seconds, nanoseconds), which as text has no
 * order. S3's sequencers have one.
 */
export function orderedSequencer(sequencer: string): string {
  const bytes = Buffer.from(sequencer, 'hex');
  if (bytes.length !== 8 || sequencer.length !== 16) {
    throw new Error(`RGW's sequencer is "${sequencer}"; expected 16 hexadecimal digits`);
  }
  const parts = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  return `00${parts.map((part) => part.toString(16).padStart(8, '0')).join('')}`.toUpperCase();
}
