/** A small assembly around the probe, as `cdk synth` would write it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { PROJECT_FOLDER } from '../cloud-folder.ts';
import type { PlainProperties } from '../plain-values.ts';

export type ProbeLimits = {
  readonly timeoutSeconds?: number;
  readonly memoryMegabytes?: number;
  readonly reserved?: number;
  /** @default - the probe's own */
  readonly handler?: string;
};

const REQUIRE = "import{createRequire as probeRequire}from'node:module';const require=probeRequire(import.meta.url);";

const arn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const ref = (logicalId: string) => ({ Ref: logicalId });

const TRUST: PlainProperties = {
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { Service: 'lambda.amazonaws.com' },
};

/** Writes it into `folder`, which is to be empty. */
export function writeProbeAssembly(folder: string, limits: ProbeLimits = {}): void {
  mkdirSync(join(folder, 'asset.probe'), { recursive: true });
  buildSync({
    entryPoints: [join(PROJECT_FOLDER, 'test', 'cloud', 'probe', 'handler.ts')],
    outfile: join(folder, 'asset.probe', 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
  });
  const write = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value, undefined, 2));
  write('Probe.template.json', probeTemplate(limits));
  write('Probe.assets.json', {
    files: {
      probe: {
        source: { path: 'asset.probe', packaging: 'zip' },
        destinations: { 'current_account-current_region': { bucketName: 'assets', objectKey: 'probe.zip' } },
      },
    },
  });
  write('manifest.json', {
    artifacts: {
      Probe: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Probe.template.json' } },
      'Probe.assets': { type: 'cdk:asset-manifest', properties: { file: 'Probe.assets.json' } },
    },
  });
}

export function probeTemplate(limits: ProbeLimits): PlainProperties {
  return {
    Resources: {
      Uploads00000001: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          VersioningConfiguration: { Status: 'Enabled' },
          NotificationConfiguration: {
            QueueConfigurations: [
              { Event: 's3:ObjectCreated:*', Queue: arn('Work00000001') },
              { Event: 's3:ObjectRemoved:*', Queue: arn('Work00000001') },
            ],
          },
        },
      },
      Items00000001: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        },
      },
      ...queues(),
      ProbeRole00000001: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: { Statement: [TRUST] },
          Policies: [{ PolicyName: 'all', PolicyDocument: probePolicy() }],
        },
      },
      Probe00000001: {
        Type: 'AWS::Lambda::Function',
        Properties: probeFunction(limits),
      },
      Messages00000001: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: arn('Work00000001'),
          FunctionName: ref('Probe00000001'),
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
    },
    Outputs: {
      Bucket: { Value: ref('Uploads00000001') },
      Table: { Value: ref('Items00000001') },
      QueueUrl: { Value: ref('Work00000001') },
    },
  };
}

function queues(): PlainProperties {
  return {
    Dead00000001: { Type: 'AWS::SQS::Queue', Properties: {} },
    Work00000001: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 600,
        RedrivePolicy: { deadLetterTargetArn: arn('Dead00000001'), maxReceiveCount: 2 },
      },
    },
    WorkPolicy00000001: { Type: 'AWS::SQS::QueuePolicy', Properties: workPolicy() },
  };
}

function probeFunction(limits: ProbeLimits): PlainProperties {
  const { timeoutSeconds = 20, memoryMegabytes = 256, reserved, handler = 'index.handler' } = limits;
  return {
    Code: { S3Bucket: 'assets', S3Key: 'probe.zip' },
    Handler: handler,
    Runtime: 'nodejs24.x',
    Role: arn('ProbeRole00000001'),
    MemorySize: memoryMegabytes,
    Timeout: timeoutSeconds,
    ...(reserved !== undefined && { ReservedConcurrentExecutions: reserved }),
    Environment: {
      Variables: {
        BUCKET: ref('Uploads00000001'),
        TABLE: ref('Items00000001'),
        QUEUE_URL: ref('Work00000001'),
        NODE_OPTIONS: '--enable-source-maps',
      },
    },
  };
}

function workPolicy(): PlainProperties {
  return {
    Queues: [ref('Work00000001')],
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn('Work00000001'),
          Condition: { ArnLike: { 'aws:SourceArn': arn('Uploads00000001') } },
        },
      ],
    },
  };
}

/** Objects below `allowed/` only, and nothing that deletes. */
function probePolicy(): PlainProperties {
  return {
    Statement: [
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        Resource: { 'Fn::Join': ['', [arn('Uploads00000001'), '/allowed/*']] },
      },
      { Effect: 'Allow', Action: ['dynamodb:PutItem', 'dynamodb:GetItem'], Resource: arn('Items00000001') },
      {
        Effect: 'Allow',
        Action: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        Resource: arn('Work00000001'),
      },
    ],
  };
}
