import type { Template } from 'aws-cdk-lib/assertions';
import { templateWith } from './synthesized.ts';
import { grantsOf, type Resource, resource, resourcesOf } from './template-reading.ts';

let template: Template;

beforeAll(() => {
  // GIVEN the stack as the project's own cdk.json has it
  template = templateWith();
});

describe('functions', () => {
  const NAMES = ['Ingest', 'Analyse', 'Api', 'Sweep'];

  test.each(NAMES)('%s: runtime, logs that end, traces, its environment', (name) => {
    const { Properties } = resource(template, 'AWS::Lambda::Function', `Cuepoint${name}`);
    const { id: logs } = resource(template, 'AWS::Logs::LogGroup', `Cuepoint${name}`);
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: logs } },
      Environment: {
        Variables: {
          CUEPOINT_SOURCE_BUCKET: { Ref: resource(template, 'AWS::S3::Bucket', 'CuepointSources').id },
          CUEPOINT_MEDIA_BUCKET: { Ref: resource(template, 'AWS::S3::Bucket', 'CuepointMedia').id },
          CUEPOINT_TABLE: { Ref: resource(template, 'AWS::DynamoDB::GlobalTable', 'CuepointTracks').id },
          CUEPOINT_CHUNKING: '{"strategy":"duration","targetSeconds":10,"maxChunkBytes":8388608}',
          CUEPOINT_LOCATION: 'objects',
          CUEPOINT_RETAIN_REPLACED_SECONDS: '3600',
          NODE_OPTIONS: '--enable-source-maps',
          POWERTOOLS_SERVICE_NAME: name.toLowerCase(),
          POWERTOOLS_METRICS_NAMESPACE: 'Cuepoint',
        },
      },
    });
    expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  test('there are these and no others: no custom resource brings its own', () => {
    expect(resourcesOf(template, 'AWS::Lambda::Function')).toHaveLength(NAMES.length);
    expect(
      Object.values(template.toJSON().Resources as Record<string, Resource>).map(({ Type }) => Type),
    ).not.toContainEqual(expect.stringMatching(/^Custom::|CustomResource/));
  });

  test('have no wildcard among their actions, and among their resources none but X-Ray, which knows none', () => {
    for (const name of NAMES) {
      const grants = grantsOf(template, `Cuepoint${name}`);
      expect(grants.filter((grant) => /\*.* on /.test(grant))).toEqual([]);
      expect(grants.filter((grant) => grant.endsWith(' on "*"'))).toEqual([
        'xray:PutTelemetryRecords on "*"',
        'xray:PutTraceSegments on "*"',
      ]);
    }
    expect(resourcesOf(template, 'AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  const OBJECTS_AND_ROWS = / on (Sources|Media|Tracks|\w*Queue)/;

  test.each([
    [
      'Ingest',
      [
        'dynamodb:BatchWriteItem on TracksTable',
        'dynamodb:GetItem on TracksTable',
        'dynamodb:PutItem on TracksTable',
        'dynamodb:Query on TracksTable',
        's3:AbortMultipartUpload on MediaBucket/d/*',
        's3:DeleteObject on MediaBucket/d/*',
        's3:DeleteObject on MediaBucket/manifests/*',
        's3:GetObject on MediaBucket/d/*',
        's3:GetObject on MediaBucket/manifests/*',
        's3:GetObject on SourcesBucket/*',
        's3:ListBucket on MediaBucket',
        's3:ListBucket on SourcesBucket',
        's3:PutObject on MediaBucket/d/*',
        's3:PutObject on MediaBucket/manifests/*',
        'sqs:ChangeMessageVisibility on IngestWorkQueue',
        'sqs:DeleteMessage on IngestWorkQueue',
        'sqs:GetQueueAttributes on IngestWorkQueue',
        'sqs:ReceiveMessage on IngestWorkQueue',
        'sqs:SendMessage on AnalyseWorkQueue',
      ],
    ],
    [
      'Api',
      [
        'dynamodb:BatchGetItem on TracksTable',
        'dynamodb:GetItem on TracksTable',
        'dynamodb:Query on TracksTable/index/listing',
        's3:AbortMultipartUpload on MediaBucket/d/*',
        's3:GetObject on MediaBucket/d/*',
        's3:GetObject on SourcesBucket/*',
        's3:ListBucket on MediaBucket',
        's3:ListBucket on SourcesBucket',
        's3:PutObject on MediaBucket/d/*',
        's3:PutObjectTagging on MediaBucket/d/*',
      ],
    ],
    [
      'Sweep',
      [
        'dynamodb:BatchGetItem on TracksTable',
        'dynamodb:BatchWriteItem on TracksTable',
        'dynamodb:DeleteItem on TracksTable',
        'dynamodb:GetItem on TracksTable',
        'dynamodb:PutItem on TracksTable',
        'dynamodb:Query on TracksTable',
        'dynamodb:Query on TracksTable/index/listing',
        's3:DeleteObject on MediaBucket/d/*',
        's3:DeleteObject on MediaBucket/manifests/*',
        's3:GetObject on MediaBucket/d/*',
        's3:GetObject on MediaBucket/state/*',
        's3:ListBucket on MediaBucket',
        's3:ListBucket on SourcesBucket',
        's3:PutObject on MediaBucket/state/*',
        'sqs:GetQueueAttributes on AnalyseWorkQueue',
        'sqs:GetQueueAttributes on IngestWorkQueue',
        'sqs:SendMessage on IngestWorkQueue',
      ],
    ],
  ])('%s may do this and no more; nobody may write to the sources', (name, expected) => {
    expect(grantsOf(template, `Cuepoint${name}`).filter((grant) => OBJECTS_AND_ROWS.test(grant))).toEqual(expected);
  });

  test('a sweep that fails is left to the next one: neither Lambda nor EventBridge tries it again', () => {
    const { id: sweep } = resource(template, 'AWS::Lambda::Function', 'CuepointSweep');
    const configs = Object.values(template.findResources('AWS::Lambda::EventInvokeConfig'));
    expect(configs).toEqual([
      expect.objectContaining({
        Properties: expect.objectContaining({ FunctionName: { Ref: sweep }, MaximumRetryAttempts: 0 }),
      }),
    ]);
    const { Properties } = resource(template, 'AWS::Events::Rule', 'CuepointSweep');
    expect(Properties).toMatchObject({ Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0 } }] });
  });

  test.each([
    ['Ingest', 'CUEPOINT_INGEST_QUEUE_URL'],
    ['Analyse', 'CUEPOINT_ANALYSE_QUEUE_URL'],
  ])('%s knows its own queue, and may say when that alone delivers again', (name, variable) => {
    const { Properties } = resource(template, 'AWS::Lambda::Function', `Cuepoint${name}`);
    const { id: queue } = resource(template, 'AWS::SQS::Queue', `Cuepoint${name}WorkQueue`);
    expect(Properties).toMatchObject({ Environment: { Variables: { [variable]: { Ref: queue } } } });
    const retrying = grantsOf(template, `Cuepoint${name}`).filter((grant) => /ChangeMessageVisibility/.test(grant));
    expect(retrying).toEqual([`sqs:ChangeMessageVisibility on ${name}WorkQueue`]);
  });

  test('analyse may what ingest may, and hands on to itself', () => {
    const withoutQueues = (name: string) =>
      grantsOf(template, `Cuepoint${name}`).filter((grant) => / on (S|M|T)/.test(grant));
    expect(withoutQueues('Analyse')).toEqual(withoutQueues('Ingest'));
    const sending = (name: string) => grantsOf(template, name).filter((grant) => grant.startsWith('sqs:SendMessage'));
    expect(sending('CuepointAnalyse')).toHaveLength(1);
    expect(sending('CuepointAnalyse')).toEqual(sending('CuepointIngest'));
  });
});
