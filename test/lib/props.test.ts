import { generateKeyPairSync } from 'node:crypto';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Access } from '../../lib/constructs/access.ts';
import type { CuepointProps } from '../../lib/constructs/cuepoint-props.ts';
import { templateWith } from './synthesized.ts';
import { resource, resourcesOf } from './template-reading.ts';

let template: Template;

beforeAll(() => {
  // GIVEN the stack as the project's own cdk.json has it
  template = templateWith();
});

describe('alarms', () => {
  const ALARMS = [
    ...['IngestDeadLetters', 'AnalyseDeadLetters', 'IngestQueueAge', 'AnalyseQueueAge', 'Api5xx'],
    ...['Ingest', 'Analyse', 'Api', 'Sweep'].flatMap((name) => [`${name}Errors`, `${name}Throttles`]),
  ];

  test.each(ALARMS)('%s: shows, and tells whoever is named', (name) => {
    const { Properties } = resource(template, 'AWS::CloudWatch::Alarm', `CuepointAlarms${name}`);
    expect(Properties).toMatchObject({ TreatMissingData: 'notBreaching' });
    expect(Properties).not.toHaveProperty('AlarmActions');
  });

  test('with a topic', () => {
    const arn = 'arn:aws:sns:eu-central-1:123456789012:night-shift';
    const told = templateWith((stack) => ({ alarmTopic: Topic.fromTopicArn(stack, 'Topic', arn) }));
    told.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [arn], OKActions: [arn] });
    told.resourceCountIs('AWS::CloudWatch::Alarm', ALARMS.length);
  });
});

describe('props', () => {
  test('who may listen has to be said', () => {
    // @ts-expect-error access has no default
    const props: CuepointProps = {};
    expect(() => templateWith(() => ({ ...props, access: undefined as unknown as Access }))).toThrow();
  });

  test('x64', () => {
    templateWith(() => ({ architecture: 'x64' })).allResourcesProperties('AWS::Lambda::Function', {
      Architectures: ['x86_64'],
    });
  });

  test('a bucket that exists: nothing of it is changed, its events come by EventBridge', () => {
    const existing = templateWith((stack) => ({ sourceBucket: Bucket.fromBucketName(stack, 'Mine', 'our-archive') }));
    expect(resourcesOf(existing, 'AWS::S3::Bucket').map(([id]) => id.slice(0, 13))).toEqual([
      'CuepointAcces',
      'CuepointMedia',
    ]);
    const { id: queue } = resource(existing, 'AWS::SQS::Queue', 'CuepointIngestWorkQueue');
    existing.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created', 'Object Deleted'],
        detail: { bucket: { name: ['our-archive'] } },
      },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [queue, 'Arn'] } })],
    });
    existing.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['sqs:SendMessage']),
            Principal: { Service: 'events.amazonaws.com' },
          }),
        ]),
      },
    });
    existing.hasOutput('SourceBucketName', { Value: 'our-archive' });
  });

  test('names of one’s own, with certificate, firewall and price class', () => {
    const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/0d1e2f';
    const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/audio/0d1e2f';
    templateWith((stack) => ({
      domainNames: ['audio.example.org'],
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
      webAclArn,
      priceClass: PriceClass.PRICE_CLASS_100,
    })).hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        Aliases: ['audio.example.org'],
        ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: 'TLSv1.2_2021' },
        WebACLId: webAclArn,
        PriceClass: 'PriceClass_100',
      },
    });
  });

  test('derived data that goes with the stack, sources that stay', () => {
    const destroyed = templateWith(() => ({ derivedRemovalPolicy: RemovalPolicy.DESTROY }));
    expect(resource(destroyed, 'AWS::S3::Bucket', 'CuepointMedia').DeletionPolicy).toBe('Delete');
    expect(resource(destroyed, 'AWS::DynamoDB::GlobalTable', 'CuepointTracks').DeletionPolicy).toBe('Delete');
    expect(resource(destroyed, 'AWS::S3::Bucket', 'CuepointSources').DeletionPolicy).toBe('Retain');
  });

  test.each<[string, Partial<CuepointProps>, RegExp]>([
    ['a body that Lambda cannot send', { maxBodyBytes: 6_000_000 }, /maxBodyBytes is 6000000; expected a whole number/],
    ['one ingest at a time, which SQS does not know', { ingestConcurrency: 1 }, /ingestConcurrency is 1; expected/],
    [
      'links that outlive what they lead to',
      { replacedRetention: Duration.minutes(30) },
      /replacedRetention is 30 minutes/,
    ],
    ['links shorter than their rounding', { linkLife: Duration.minutes(1) }, /linkLife in seconds is 60; expected/],
    ['names without a certificate', { domainNames: ['audio.example.org'] }, /certificate is not set; set both/],
    ['a firewall of a region', { webAclArn: 'arn:aws:wafv2:eu-west-1:1:regional/webacl/a/b' }, /scope CLOUDFRONT/],
    [
      'an origin with a path, which no browser sends',
      { allowedOrigins: ['https://player.example', 'https://player.example/'] },
      /allowedOrigins has "https:\/\/player.example\/"; expected origins such as https:\/\/player.example, without a path/,
    ],
    ['any origin in a list', { allowedOrigins: ['*'] }, /allowedOrigins has "\*"; .* leave allowedOrigins out for any/],
    ['a pattern', { allowedOrigins: ['https://*.example.org'] }, /allowedOrigins has "https:\/\/\*.example.org"/],
    ['an origin of files', { allowedOrigins: ['null'] }, /allowedOrigins has "null"/],
    ['a default port, which no browser sends', { allowedOrigins: ['https://a.example:443'] }, /allowedOrigins has/],
    ['a list of nobody', { allowedOrigins: [] }, /allowedOrigins is empty; expected origins such as/],
    [
      'more origins than a header of CloudFront can name',
      { allowedOrigins: Array.from({ length: 90 }, (_, index) => `https://p${100 + index}.example`) },
      /allowedOrigins have 1978 characters, commas included; expected at most 1783/,
    ],
    ['sweeps that overlap', { sweepInterval: Duration.minutes(5) }, /sweepInterval in minutes is 5; expected/],
  ])('refuses %s', (_, props, message) => {
    expect(() => templateWith(() => props)).toThrow(message);
  });

  test('refuses what is no public key', () => {
    expect(() =>
      Access.signedUrls({ publicKeyPem: '-----BEGIN PRIVATE KEY-----', privateKeySecret: undefined as never }),
    ).toThrow(/publicKeyPem begins with "-----BEGIN PRIVATE KEY-----"; expected a public key in PEM/);
  });

  test('refuses a key that no link can be signed with', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(() => Access.signedUrls({ publicKeyPem, privateKeySecret: undefined as never })).toThrow(
      /type ec; expected RSA/,
    );
  });
});

describe('outputs', () => {
  test.each([
    'SourceBucketName',
    'MediaBucketName',
    'TableName',
    'IngestQueueUrl',
    'DistributionDomainName',
    'Chunking',
    'Location',
    'ApiFunctionName',
  ])('%s, for the command line', (name) => {
    template.hasOutput(name, {});
  });
});
