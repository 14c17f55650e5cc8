import fc from 'fast-check';
import { decodeSourceMessage, ingestMessage } from '../../../lambdas/adapters/aws/source-event-decoding.ts';

const BUCKET = 'sources';

type Changes = { name?: string; key?: string; sequencer?: string | undefined; bucket?: string };

/** As S3 sends it, with what does not matter here left out. */
function record({
  name = 'ObjectCreated:Put',
  key = 'a.flac',
  sequencer = '0055AED6DCD90281E5',
  bucket,
}: Changes = {}) {
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: name,
    s3: { bucket: { name: bucket ?? BUCKET }, object: { key, size: 1, eTag: 'e', sequencer } },
  };
}

function bridged(type: string, object: object, bucket = BUCKET) {
  const detail = { version: '0', bucket: { name: bucket }, object, 'request-id': 'r' };
  return { version: '0', source: 'aws.s3', 'detail-type': type, detail };
}

const decode = (message: unknown) => decodeSourceMessage(JSON.stringify(message), BUCKET);

describe('decodeSourceMessage', () => {
  const types: [name: string, kind: 'stored' | 'removed'][] = [
    ['ObjectCreated:Put', 'stored'],
    ['ObjectCreated:Post', 'stored'],
    ['ObjectCreated:Copy', 'stored'],
    ['ObjectCreated:CompleteMultipartUpload', 'stored'],
    ['ObjectRemoved:Delete', 'removed'],
    ['ObjectRemoved:DeleteMarkerCreated', 'removed'],
    ['LifecycleExpiration:Delete', 'removed'],
    ['LifecycleExpiration:DeleteMarkerCreated', 'removed'],
    ['s3:ObjectCreated:Put', 'stored'],
    ['s3:ObjectRemoved:Delete', 'removed'],
  ];
  it.each(types)('takes a notification of %s as %s', (name, kind) => {
    const expected = { events: [{ kind, key: 'a.flac', sequencer: '0055AED6DCD90281E5' }], ignored: [] };
    expect(decode({ Records: [record({ name })] })).toEqual(expected);
  });

  const others = [
    'ObjectRestore:Post',
    'ObjectRestore:Completed',
    'ObjectRestore:Delete',
    'ReducedRedundancyLostObject',
    'Replication:OperationFailedReplication',
    'LifecycleTransition',
    'IntelligentTiering',
    'ObjectTagging:Put',
    'ObjectAcl:Put',
  ];
  it.each(others)('ignores a notification of %s, and says so', (name) => {
    const ignored = [`an event of type "${name}", which changes no source`];
    expect(decode({ Records: [record({ name })] })).toEqual({ events: [], ignored });
  });

  it('takes several records in their order, those of other buckets left out with a reason', () => {
    const Records = [
      record({ key: '2' }),
      record({ bucket: 'other' }),
      record({ key: '1', name: 'ObjectRemoved:Delete' }),
    ];
    const { events, ignored } = decode({ Records });
    expect(events.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['stored 2', 'removed 1']);
    expect(ignored).toEqual(['an event of the bucket "other"; this is the queue of "sources"']);
    expect(decode({ Records: [] })).toEqual({ events: [], ignored: [] });
  });

  const keys: [encoded: string, key: string][] = [
    ['two+words/and++more.flac', 'two words/and  more.flac'],
    ['plus%2Bplus.flac', 'plus+plus.flac'],
    ['100%25.flac', '100%.flac'],
    ['%C3%9Cn%C3%AF/%E6%97%A5%E6%9C%AC.flac', 'Ünï/日本.flac'],
    ['%2Fleading', '/leading'],
  ];
  it.each(keys)('decodes the key %s', (encoded, key) => {
    expect(decode({ Records: [record({ key: encoded })] }).events[0]?.key).toBe(key);
  });

  it('decodes any key that was encoded as a form field is', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => Buffer.from(key).toString() === key);
    fc.assert(
      fc.property(text, (key) => {
        const encoded = new URLSearchParams([['k', key]]).toString().slice('k='.length);
        expect(decode({ Records: [record({ key: encoded })] }).events[0]?.key).toBe(key);
        // EventBridge has keys as they are.
        expect(decode(bridged('Object Created', { key, sequencer: '1' })).events[0]?.key).toBe(key);
      }),
    );
  });

  it('has no sequencer where the message has none, which lifecycle expirations may not', () => {
    const [event] = decode({ Records: [{ ...record({ name: 'LifecycleExpiration:Delete' }) }] }).events;
    expect(event?.sequencer).toBe('0055AED6DCD90281E5');
    const without = JSON.parse(JSON.stringify(record({ name: 'LifecycleExpiration:Delete' })));
    delete without.s3.object.sequencer;
    expect(decode({ Records: [without] }).events).toEqual([{ kind: 'removed', key: 'a.flac', sequencer: '' }]);
  });

  it('takes what SNS wraps', () => {
    const Message = JSON.stringify({ Records: [record()] });
    const wrapped = { Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:1:t', Message };
    expect(decode(wrapped)).toEqual(decode({ Records: [record()] }));
  });

  it('takes events of EventBridge', () => {
    const object = { key: 'a+b c.flac', size: 1, etag: 'e', sequencer: '00617F08299329D189' };
    const event = { key: 'a+b c.flac', sequencer: '00617F08299329D189' };
    expect(decode(bridged('Object Created', object)).events).toEqual([{ kind: 'stored', ...event }]);
    expect(decode(bridged('Object Deleted', object)).events).toEqual([{ kind: 'removed', ...event }]);
  });

  const silent: [name: string, message: object][] = [
    ['the test event', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: BUCKET }],
    [
      'a subscription to be confirmed',
      { Type: 'SubscriptionConfirmation', TopicArn: 'arn:aws:sns:x', Message: 'You …' },
    ],
    ['a restored object', bridged('Object Restore Completed', { key: 'a' })],
    ['an event of another bucket', bridged('Object Created', { key: 'a' }, 'other')],
    ['an event of another service', { ...bridged('Object Created', { key: 'a' }), source: 'my.app' }],
  ];
  it.each(silent)('ignores %s, with a reason', (_name, message) => {
    expect(decode(message)).toEqual({ events: [], ignored: [expect.stringMatching(/\w/)] });
  });

  it('gives back our own messages', () => {
    const event = fc.record(
      {
        kind: fc.constantFrom('stored' as const, 'removed' as const),
        key: fc.string({ unit: 'grapheme', minLength: 1 }),
        sequencer: fc.string(),
        rebuild: fc.constant(true),
        retryFailed: fc.constant(true),
      },
      { requiredKeys: ['kind', 'key', 'sequencer'] },
    );
    fc.assert(
      fc.property(event, (made) => {
        expect(decode(ingestMessage(made))).toEqual({ events: [made], ignored: [] });
      }),
    );
  });

  const malformed: [name: string, body: string, words: RegExp][] = [
    ['nothing', '', /not JSON/],
    ['half of a message', '{"Records":[', /not JSON/],
    ['a list', '[]', /not an object/],
    ['null', 'null', /not an object/],
    ['an object of nobody', '{"hello":1}', /neither/],
    ['a record that is none', '{"Records":[5]}', /"record" is 5/],
    ['a record without a type', '{"Records":[{}]}', /"eventName" is absent/],
    ['a record without an object', '{"Records":[{"eventName":"ObjectCreated:Put"}]}', /"s3" is absent/],
    ['a key that is not encoded', JSON.stringify({ Records: [record({ key: '100%.flac' })] }), /percent-encoded/],
    ['a key that is no UTF-8', JSON.stringify({ Records: [record({ key: '%ff' })] }), /percent-encoded/],
    ['an empty key', JSON.stringify({ Records: [record({ key: '' })] }), /"key" is ""/],
    [
      'a sequencer that is a number',
      JSON.stringify(bridged('Object Created', { key: 'a', sequencer: 5 })),
      /sequencer/,
    ],
    ['something else of ours', '{"cuepoint":"render"}', /"cuepoint" is "render"/],
    ['an event of no kind', '{"cuepoint":"ingest","event":{"kind":"moved","key":"k","sequencer":""}}', /"kind"/],
    ['an event without a sequencer', '{"cuepoint":"ingest","event":{"kind":"stored","key":"k"}}', /"sequencer"/],
    [
      'an odd wish to try again',
      '{"cuepoint":"ingest","event":{"kind":"stored","key":"k","sequencer":"","retryFailed":"yes"}}',
      /retryFailed/,
    ],
    [
      'an odd rebuild',
      '{"cuepoint":"ingest","event":{"kind":"stored","key":"k","sequencer":"","rebuild":1}}',
      /rebuild/,
    ],
    ['nonsense wrapped by SNS', '{"Type":"Notification","TopicArn":"a","Message":"x"}', /not JSON/],
  ];
  it.each(malformed)('refuses %s in words', (_name, body, words) => {
    const refuse = () => decodeSourceMessage(body, BUCKET);
    expect(refuse).toThrow(words);
    expect(refuse).toThrow(expect.objectContaining({ code: 'invalid_body' }));
  });

  it('says no more of a message than a log can hold', () => {
    expect(() => decode({ hello: 'x'.repeat(100_000) })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{10,500}$/) }),
    );
  });
});
