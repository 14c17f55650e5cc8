import fc from 'fast-check';
import { Properties } from './plain-values.ts';
import {
  awsEventMessage,
  encodeEventKey,
  type NotificationRule,
  notificationRules,
  orderedSequencer,
  ruleMatches,
} from './s3-event.ts';

const PUSHED = new Properties(
  {
    eventName: 's3:ObjectCreated:Put',
    eventTime: '2026-11-21T13:28:16.205746Z',
    eventSource: 'ceph:s3',
    s3: {
      bucket: { name: 'uploads' },
      object: { key: 'a b/ü+&.mp3', size: 5, eTag: '"abc"', versionId: 'v1', sequencer: '3EA0016B35032431' },
    },
  },
  'record',
);

/** As RGW does. */
function written([seconds, nanoseconds]: [number, number]): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(seconds, 0);
  bytes.writeUInt32LE(nanoseconds, 4);
  return bytes.toString('hex').toUpperCase();
}

describe('the key of an event', () => {
  const cases: [key: string, encoded: string][] = [
    ['plain/key.mp3', 'plain/key.mp3'],
    ['with space.mp3', 'with+space.mp3'],
    ['a+b&c=d.mp3', 'a%2Bb%26c%3Dd.mp3'],
    ['ü(1)!.mp3', '%C3%BC%281%29%21.mp3'],
    ['100%.mp3', '100%25.mp3'],
  ];
  test.each(cases)('%s is %s', (key, encoded) => {
    expect(encodeEventKey(key)).toBe(encoded);
  });

  test('is read back as S3 tells readers to', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(key, (text) => {
        expect(decodeURIComponent(encodeEventKey(text).replace(/\+/g, ' '))).toBe(text);
      }),
    );
  });
});

describe('the message', () => {
  test('has the shape of S3, whatever RGW pushed', () => {
    expect(awsEventMessage(PUSHED, 'id')).toMatchObject({
      Records: [
        {
          eventSource: 'aws:s3',
          awsRegion: 'us-east-1',
          eventName: 'ObjectCreated:Put',
          s3: {
            configurationId: 'id',
            bucket: { name: 'uploads', arn: 'arn:aws:s3:::uploads' },
            object: {
              key: 'a+b/%C3%BC%2B%26.mp3',
              size: 5,
              eTag: 'abc',
              versionId: 'v1',
              sequencer: '006B01A03E31240335',
            },
          },
        },
      ],
    });
  });

  test('has sequencers in the order of time, which those of RGW are not in', () => {
    // Taken from RGW 16.2.15: an object is stored at 824 ms of a second, and removed at 926 ms of it.
    const [stored, removed] = ['3EA0016B35032431', '3EA0016B2A4F3A37'];
    expect(stored > removed).toBe(true);
    expect(orderedSequencer(stored) < orderedSequencer(removed)).toBe(true);
    const time = fc.tuple(fc.nat({ max: 0xffffffff }), fc.nat({ max: 999_999_999 }));
    fc.assert(
      fc.property(time, time, (one, other) => {
        const [first, second] = [one, other].sort(([s, n], [t, m]) => s - t || n - m).map(written);
        expect(orderedSequencer(first ?? '') <= orderedSequencer(second ?? '')).toBe(true);
      }),
    );
    expect(() => orderedSequencer('0B5EF5')).toThrow(/16 hexadecimal digits/);
  });

  test('of a removal has neither size nor ETag', () => {
    const removed = new Properties({ ...PUSHED.values, eventName: 'ObjectRemoved:DeleteMarkerCreated' }, 'record');
    const message = JSON.stringify(awsEventMessage(removed, 'id'));
    expect(message).toContain('"eventName":"ObjectRemoved:DeleteMarkerCreated"');
    expect(message).not.toMatch(/"size"|"eTag"/);
  });
});

describe('rules', () => {
  const rule = (values: Partial<NotificationRule>): NotificationRule => ({
    event: 's3:ObjectCreated:*',
    queueArn: 'q',
    prefix: '',
    suffix: '',
    ...values,
  });
  const cases: [rule: NotificationRule, event: string, key: string, expected: boolean][] = [
    [rule({}), 'ObjectCreated:Put', 'a', true],
    [rule({}), 'ObjectRemoved:Delete', 'a', false],
    [rule({ event: 's3:ObjectCreated:Copy' }), 'ObjectCreated:Put', 'a', false],
    [rule({ event: 's3:ObjectCreated:Copy' }), 'ObjectCreated:Copy', 'a', true],
    [rule({ prefix: 'in/' }), 'ObjectCreated:Put', 'out/a', false],
    [rule({ prefix: 'in/', suffix: '.mp3' }), 'ObjectCreated:Put', 'in/a.mp3', true],
    [rule({ suffix: '.mp3' }), 'ObjectCreated:Put', 'a.wav', false],
  ];
  test.each(cases)('%j, %s of %s: %s', (given, event, key, expected) => {
    expect(ruleMatches(given, event, key)).toBe(expected);
  });

  test('are read with their filters', () => {
    const filter = {
      S3Key: {
        Rules: [
          { Name: 'prefix', Value: 'in/' },
          { Name: 'Suffix', Value: '.mp3' },
        ],
      },
    };
    const configuration = { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: 'arn', Filter: filter }] };
    expect(notificationRules(new Properties(configuration, 'bucket'))).toEqual([
      { event: 's3:ObjectCreated:*', queueArn: 'arn', prefix: 'in/', suffix: '.mp3' },
    ]);
  });

  test('for other targets and events stop the cloud by name', () => {
    const read = (values: Properties['values']) => () => notificationRules(new Properties(values, 'bucket'));
    expect(read({ LambdaConfigurations: [] })).toThrow(/bucket has LambdaConfigurations/);
    expect(read({ QueueConfigurations: [{ Event: 's3:New:*', Queue: 'q' }] })).toThrow(/is for s3:New:\*/);
  });
});
