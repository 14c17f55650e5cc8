import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { readConfig } from '../../lib/config.ts';
import { settingsOf } from '../../lib/constructs/cuepoint-settings.ts';
import { PUBLIC_KEY_PEM, projectContext } from './synthesized.ts';

const read = (settings: Record<string, unknown>) => {
  const context = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`cuepoint:${name}`, value]));
  return readConfig({ 'aws:something': 'else', ...context }).props(new Stack());
};

test('the project’s own context is valid, and says who may listen', () => {
  expect(readConfig(projectContext()).props(new Stack()).access.choice).toEqual({ kind: 'public' });
});

test('every setting arrives in the prop that it is for', () => {
  const props = read({
    access: 'public',
    sourceBucketName: 'our-archive',
    chunking: 'duration:6.5',
    location: 'windows',
    architecture: 'x64',
    nativeDecoding: true,
    linkMinutes: 30,
    maxBodyBytes: '1048576',
    allowedOrigins: 'https://player.example, http://localhost:5173',
    sweepMinutes: '20',
    ingestConcurrency: '4',
    ingestBatchSize: 10,
    apiReservedConcurrency: 50,
    domainNames: 'audio.example.org, sound.example.org',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0d1e2f',
    webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/audio/0d1e2f',
    priceClass: '100',
    alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:night-shift',
    edgeLogs: 'false',
    derivedData: 'destroy',
  });
  const settings = settingsOf(props);
  expect(settings).toMatchObject({
    chunking: { strategy: 'duration', targetSeconds: 6.5 },
    location: 'windows',
    architecture: 'x64',
    nativeDecoding: true,
    maxBodyBytes: 1_048_576,
    allowedOrigins: ['https://player.example', 'http://localhost:5173'],
    ingestConcurrency: 4,
    ingestBatchSize: 10,
    apiReservedConcurrency: 50,
    domainNames: ['audio.example.org', 'sound.example.org'],
    webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/audio/0d1e2f',
    priceClass: 'PriceClass_100',
    edgeLogs: false,
    derivedRemovalPolicy: 'destroy',
    sourceRemovalPolicy: 'retain',
  });
  expect(settings.sourceBucket?.bucketName).toBe('our-archive');
  expect(settings.certificate?.certificateArn).toContain('certificate/0d1e2f');
  expect(settings.alarmTopic?.topicName).toBe('night-shift');
  expect(settings.linkLife.toMinutes()).toBe(30);
  expect(settings.sweepInterval.toMinutes()).toBe(20);
});

test('chunks by bytes', () => {
  expect(read({ access: 'public', chunking: 'bytes:262144' }).chunking).toEqual({
    strategy: 'bytes',
    targetBytes: 262_144,
  });
});

describe('signed access', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cuepoint-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reads the public key from its file', () => {
    const publicKeyFile = join(folder, 'links.pem');
    writeFileSync(publicKeyFile, PUBLIC_KEY_PEM);
    const privateKeySecretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:links-AbCdEf';
    expect(read({ access: 'signed', publicKeyFile, privateKeySecretArn }).access.choice).toMatchObject({
      kind: 'signed',
      publicKeyPem: PUBLIC_KEY_PEM,
    });
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['nobody said who may listen', {}, 'the setting cuepoint:access is not set; expected public (anybody may listen) or'],
  ['a word that is none', { access: 'private' }, 'cuepoint:access is "private"; expected public'],
  [
    'half a key',
    { access: 'signed', publicKeyFile: 'a.pem' },
    'expected publicKeyFile (a PEM file) and privateKeySecretArn',
  ],
  [
    'a slip of the pen',
    { access: 'public', acess: 'x' },
    'there is no setting cuepoint:acess; expected one of stackName, access',
  ],
  ['a processor that is none', { access: 'public', architecture: 'arm' }, 'is "arm"; expected arm64 or x64'],
  ['no number', { access: 'public', ingestConcurrency: 'many' }, 'is "many"; expected a whole number'],
  ['a list', { access: ['public'] }, 'is "[\\"public\\"]"; expected a text'],
  ['chunks of no time', { access: 'public', chunking: 'duration:0' }, 'is "duration:0"; expected duration:SECONDS'],
  ['chunks of half a byte', { access: 'public', chunking: 'bytes:1500.5' }, 'or bytes:COUNT, at least 1024'],
  ['a stack of no name', { access: 'public', stackName: '1st' }, 'is "1st"; expected a letter, then'],
])('refuses when there is %s', (_, settings, message) => {
  expect(() => read(settings)).toThrow(message);
});
