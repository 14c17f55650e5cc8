import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LISTING_INDEX, PARTITION_KEY, SORT_KEY } from '../../lambdas/adapters/aws/table-layout.ts';
import { templateWith } from './synthesized.ts';
import { resource, resourcesOf, type Statement } from './template-reading.ts';

let template: Template;

beforeAll(() => {
  // GIVEN the stack as the project's own cdk.json has it
  template = templateWith();
});

describe('buckets', () => {
  test.each(['CuepointSources', 'CuepointMedia', 'CuepointAccessLogs'])(
    '%s is private, encrypted and spoken to by TLS alone',
    (prefix) => {
      const { id, Properties } = resource(template, 'AWS::S3::Bucket', prefix);
      expect(Properties).toMatchObject({
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
      });
      template.hasResourceProperties('AWS::S3::BucketPolicy', {
        Bucket: { Ref: id },
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Action: 's3:*',
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            }),
          ]),
        },
      });
    },
  );

  test('what people uploaded can be brought back, and is kept when the stack goes', () => {
    const { Properties, DeletionPolicy } = resource(template, 'AWS::S3::Bucket', 'CuepointSources');
    expect(DeletionPolicy).toBe('Retain');
    expect(Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: expect.arrayContaining([
          expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
          expect.objectContaining({ NoncurrentVersionExpiration: { NoncurrentDays: 30 } }),
        ]),
      },
    });
  });

  test('what was made for one request expires, and nothing else of the media does', () => {
    const { Properties } = resource(template, 'AWS::S3::Bucket', 'CuepointMedia');
    const { Rules } = (Properties as unknown as { LifecycleConfiguration: { Rules: Record<string, unknown>[] } })
      .LifecycleConfiguration;
    expect(Rules.filter((rule) => 'ExpirationInDays' in rule)).toEqual([
      expect.objectContaining({ ExpirationInDays: 7, TagFilters: [{ Key: 'cuepoint', Value: 'transient' }] }),
    ]);
  });

  test('players of any origin may read ranges by presigned links', () => {
    const { Properties } = resource(template, 'AWS::S3::Bucket', 'CuepointMedia');
    expect(Properties).toMatchObject({
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedMethods: ['GET', 'HEAD'],
            AllowedOrigins: ['*'],
            ExposedHeaders: expect.arrayContaining(['Content-Range', 'Accept-Ranges', 'Content-Length', 'ETag']),
          },
        ],
      },
    });
  });

  test('or of those that are listed, and the page under names of its own', () => {
    const listed = templateWith((stack) => ({
      allowedOrigins: ['https://player.example', 'https://player.example'],
      domainNames: ['audio.example.org'],
      certificate: Certificate.fromCertificateArn(
        stack,
        'Certificate',
        'arn:aws:acm:us-east-1:123456789012:certificate/0',
      ),
    }));
    expect(resource(listed, 'AWS::S3::Bucket', 'CuepointMedia').Properties).toMatchObject({
      CorsConfiguration: { CorsRules: [{ AllowedOrigins: ['https://player.example', 'https://audio.example.org'] }] },
    });
  });
});

describe('table', () => {
  test('has the keys of the adapter, is paid by the request and can be set back', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
        { AttributeName: SORT_KEY, KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [{ IndexName: LISTING_INDEX, Projection: { ProjectionType: 'KEYS_ONLY' } }],
      Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });
});

describe('the way of an upload', () => {
  test('every change of a source is told to the ingest queue', () => {
    const { id: queue } = resource(template, 'AWS::SQS::Queue', 'CuepointIngestWorkQueue');
    const { Properties, DependsOn } = resource(template, 'AWS::S3::Bucket', 'CuepointSources');
    const Queue = { 'Fn::GetAtt': [queue, 'Arn'] };
    expect(Properties).toMatchObject({
      NotificationConfiguration: {
        QueueConfigurations: [
          { Event: 's3:ObjectCreated:*', Queue },
          { Event: 's3:ObjectRemoved:*', Queue },
          { Event: 's3:LifecycleExpiration:*', Queue },
        ],
      },
    });
    // S3 sends a test message when it is told of the queue: the policy has to be there by then.
    expect(DependsOn).toEqual([resource(template, 'AWS::SQS::QueuePolicy', 'CuepointIngestWorkQueuePolicy').id]);
  });

  test('S3 may send for this account alone', () => {
    const { Properties } = resource(template, 'AWS::SQS::QueuePolicy', 'CuepointIngestWorkQueuePolicy');
    const { Statement } = (Properties as unknown as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument;
    expect(Statement.filter(({ Effect }) => Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: expect.objectContaining({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
      }),
    ]);
  });

  test.each(['Ingest', 'Analyse'])('%s has the time for one delivery six times over, then dead letters', (name) => {
    const { id, Properties } = resource(template, 'AWS::SQS::Queue', `Cuepoint${name}WorkQueue`);
    const { id: deadLetters } = resource(template, 'AWS::SQS::Queue', `Cuepoint${name}WorkDeadLetters`);
    const { Properties: fn, id: fnId } = resource(template, 'AWS::Lambda::Function', `Cuepoint${name}`);
    const { VisibilityTimeout } = Properties as unknown as { VisibilityTimeout: number };
    const { Timeout, Environment } = fn as unknown as {
      Timeout: number;
      Environment: { Variables: Record<string, string> };
    };
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    expect(Properties).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] }, maxReceiveCount: 5 },
      SqsManagedSseEnabled: true,
    });
    expect(Environment.Variables.CUEPOINT_MAX_RECEIVES).toBe('5');
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
      FunctionName: { Ref: fnId },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: Match.anyValue() },
    });
  });

  test('queues speak TLS only', () => {
    const policies = resourcesOf(template, 'AWS::SQS::QueuePolicy');
    expect(policies).toHaveLength(4);
    for (const [, { Properties }] of policies) {
      expect(JSON.stringify(Properties)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test('sources are compared with tracks every hour, whatever the events said', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 hour)',
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [resource(template, 'AWS::Lambda::Function', 'CuepointSweep').id, 'Arn'] },
        }),
      ],
    });
  });
});
