/**
 * What the messages of the ingest queue say about sources.
 *
 * Sources: Amazon S3 User Guide, "Event message structure" and "Using EventBridge"; Amazon SNS Developer Guide, "Amazon SNS
 * message formats".
 */
import { CuepointError } from '../../core/errors.ts';
import type { SourceEvent } from '../../core/ports.ts';

/**
 * `sequencer` is '' where the message names none (S3 gives one to puts and deletes only, not to lifecycle expirations):
 * such an event says where to look, and nothing of when. `rebuild`: store what is published again. `retryFailed`: try again
 * what failed.
 */
export type DecodedEvent = SourceEvent & { readonly rebuild?: boolean; readonly retryFailed?: boolean };

export type DecodedMessage = {
  /** In the order of the message. */
  readonly events: readonly DecodedEvent[];
  /** One sentence for each part of the message that brings no event, for the log. */
  readonly ignored: readonly string[];
};

type Json = Readonly<Record<string, unknown>>;

/** What a part of a message comes to. */
type Finding = DecodedEvent | { readonly ignored: string };

/** Types of S3's own notifications that tell of a source. Replication, restores, tags, ACLs and tiers change no bytes. */
const STORED_TYPES = /^ObjectCreated:/;
const REMOVED_TYPES = /^(ObjectRemoved|LifecycleExpiration):/;

/** Text of a message that is quoted in an error. */
const QUOTED_CHARACTERS = 200;

/** The message by which one part of the service tells another to look at a source. */
export function ingestMessage({ kind, key, sequencer, rebuild = false, retryFailed = false }: DecodedEvent): Json {
  const wishes = { ...(rebuild && { rebuild }), ...(retryFailed && { retryFailed }) };
  return { cuepoint: 'ingest', event: { kind, key, sequencer, ...wishes } };
}

/**
 * Decodes the body of one queue message: a notification of S3 (versions 2.x), the same wrapped by SNS, an event of
 * EventBridge, or our own (see `ingestMessage`). What is about other buckets than `bucket` is ignored.
 *
 * Throws `invalid_body` for what is none of these. Such a message is no better the next time: log and acknowledge it.
 */
export function decodeSourceMessage(body: string, bucket: string): DecodedMessage {
  const findings = [...findingsOf(parseObject(body), bucket)];
  return {
    events: findings.flatMap((finding) => ('ignored' in finding ? [] : finding)),
    ignored: findings.flatMap((finding) => ('ignored' in finding ? finding.ignored : [])),
  };
}

function* findingsOf(message: Json, bucket: string): Generator<Finding, void, undefined> {
  if ('cuepoint' in message) {
    yield ownEvent(message);
  } else if (Array.isArray(message.Records)) {
    for (const record of message.Records) yield notified(objectAt({ record }, 'record'), bucket);
  } else if (message.Event === 's3:TestEvent') {
    yield { ignored: 'the test event that S3 sends when notifications are set up' };
  } else if ('detail-type' in message) {
    yield bridged(message, bucket);
  } else if (typeof message.TopicArn === 'string' && typeof message.Message === 'string') {
    if (message.Type === 'Notification') yield* findingsOf(parseObject(message.Message), bucket);
    else yield { ignored: `a message of SNS of type ${quoted(message.Type)}, which carries no event` };
  } else {
    throw malformed('it is neither a notification of S3, nor wrapped by SNS, nor of EventBridge, nor our own', message);
  }
}

function ownEvent(message: Json): DecodedEvent {
  if (message.cuepoint !== 'ingest')
    throw malformed(`"cuepoint" is ${quoted(message.cuepoint)}, not "ingest"`, message);
  const event = objectAt(message, 'event');
  const { kind } = event;
  if (kind !== 'stored' && kind !== 'removed') throw malformed(`"kind" is ${quoted(kind)}`, message);
  const key = textAt(event, 'key');
  const { sequencer } = event;
  if (typeof sequencer !== 'string') throw malformed(`"sequencer" is ${quoted(sequencer)}, not a text`, message);
  return { kind, key, sequencer, ...wishAt(event, 'rebuild'), ...wishAt(event, 'retryFailed') };
}

function wishAt<Name extends string>(event: Json, name: Name): { readonly [name in Name]?: boolean } {
  const value = event[name];
  if (value === undefined) return {};
  if (typeof value !== 'boolean') throw malformed(`"${name}" is ${quoted(value)}`, event);
  return { [name]: value } as { readonly [name in Name]?: boolean };
}

/** One of S3's `Records`. */
function notified(record: Json, bucket: string): Finding {
  // Stores that speak S3 put its name before the type, as the configuration of notifications does.
  const type = textAt(record, 'eventName').replace(/^s3:/, '');
  const kind = STORED_TYPES.test(type) ? 'stored' : REMOVED_TYPES.test(type) ? 'removed' : undefined;
  if (kind === undefined) return { ignored: `an event of type ${quoted(type)}, which changes no source` };
  const s3 = objectAt(record, 's3');
  const from = textAt(objectAt(s3, 'bucket'), 'name');
  if (from !== bucket) return { ignored: otherBucket(from, bucket) };
  const object = objectAt(s3, 'object');
  return { kind, key: formDecoded(textAt(object, 'key')), sequencer: sequencerOf(object) };
}

/** An event of EventBridge; keys are as they are in these. */
function bridged(message: Json, bucket: string): Finding {
  const type = message['detail-type'];
  const kind = type === 'Object Created' ? 'stored' : type === 'Object Deleted' ? 'removed' : undefined;
  if (message.source !== 'aws.s3' || kind === undefined) {
    return { ignored: `an event of type ${quoted(type)} from ${quoted(message.source)}, which changes no source` };
  }
  const detail = objectAt(message, 'detail');
  const from = textAt(objectAt(detail, 'bucket'), 'name');
  if (from !== bucket) return { ignored: otherBucket(from, bucket) };
  const object = objectAt(detail, 'object');
  return { kind, key: textAt(object, 'key'), sequencer: sequencerOf(object) };
}

/** S3's notifications have keys encoded like a form's fields: a blank as a plus. */
function formDecoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new CuepointError('invalid_body', `the key ${quoted(key)} of a notification is not percent-encoded UTF-8`, {
      cause,
    });
  }
}

function sequencerOf(object: Json): string {
  const { sequencer } = object;
  if (sequencer === undefined) return '';
  if (typeof sequencer === 'string') return sequencer;
  throw malformed(`"sequencer" is ${quoted(sequencer)}, not a text`, object);
}

function otherBucket(received: string, expected: string): string {
  return `an event of the bucket ${quoted(received)}; this is the queue of ${quoted(expected)}`;
}

function parseObject(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CuepointError('invalid_body', `the message is not JSON: ${cut(text)}`, { cause });
  }
  return objectAt({ message: value }, 'message');
}

function objectAt(parent: Json, name: string): Json {
  const value = parent[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw malformed(`"${name}" is ${quoted(value)}, not an object`, parent);
}

function textAt(parent: Json, name: string): string {
  const value = parent[name];
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(`"${name}" is ${quoted(value)}, not a text`, parent);
}

function malformed(reason: string, where: Json): CuepointError<'invalid_body'> {
  return new CuepointError(
    'invalid_body',
    `the message cannot be understood: ${reason}, in ${cut(JSON.stringify(where))}; correct whoever sends to this queue`,
  );
}

function quoted(value: unknown): string {
  return value === undefined ? 'absent' : cut(JSON.stringify(value));
}

function cut(text: string): string {
  return text.length <= QUOTED_CHARACTERS ? text : `${text.slice(0, QUOTED_CHARACTERS)} …`;
}
