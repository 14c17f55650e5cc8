/**
 * Every resource type that the local cloud knows, and what it does with each property. Whatever is not in this table stops
 * the cloud by name, so that nothing of a template is left out in silence.
 */
import type { PhysicalNames } from './physical-names.ts';
import type { Properties } from './plain-values.ts';

/** `acted`: the local cloud does what it says. All others: why it may be left alone here. */
type PropertyTable = Readonly<Record<string, string>>;
export const ACTED = 'acted';

export type ResourceType = {
  /** Why a type is accepted and not acted upon. Absent: it is acted upon. */
  readonly notActed?: string;
  /** Absent: all properties are (as for types that are handed to the edge, or not acted upon). */
  readonly properties?: PropertyTable;
  /** What `Ref` gives. */
  readonly ref: (names: PhysicalNames, logicalId: string, properties: Properties) => string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes?: Readonly<
    Record<string, (names: PhysicalNames, logicalId: string, properties: Properties) => string>
  >;
};

const METADATA = 'tells people something, changes nothing';
const ENCRYPTION = 'encryption at rest cannot be seen from outside';
const BACKUP = 'backups are for accidents that do not happen to data that is thrown away';

const named: ResourceType['ref'] = (names, logicalId) => names.name(logicalId);

const queueArn: ResourceType['ref'] = (names, logicalId) => names.arn('sqs', names.name(logicalId));
const tableArn: ResourceType['ref'] = (names, logicalId) => names.arn('dynamodb', `table/${names.name(logicalId)}`);
const topicArn: ResourceType['ref'] = (names, logicalId) => names.arn('sns', names.name(logicalId));
const secretArn: ResourceType['ref'] = (names, logicalId) =>
  names.arn('secretsmanager', `secret:${names.name(logicalId)}-Abc123`);

const CLOUDFRONT_PROPERTIES_ARE_THE_EDGES: ResourceType = { ref: (names, logicalId) => names.id(logicalId) };

const TABLE: ResourceType = {
  properties: {
    KeySchema: ACTED,
    AttributeDefinitions: ACTED,
    GlobalSecondaryIndexes: ACTED,
    BillingMode: 'DynamoDB Local has no capacity to run out of: throttling is injected as a fault',
    Replicas: BACKUP,
    PointInTimeRecoverySpecification: BACKUP,
    SSESpecification: ENCRYPTION,
    DeletionProtectionEnabled: 'the table is thrown away with the cloud',
    WarmThroughput: 'DynamoDB Local has no capacity to run out of',
    Tags: METADATA,
  },
  ref: named,
  attributes: { Arn: tableArn },
};

export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::S3::Bucket': {
    properties: {
      VersioningConfiguration: ACTED,
      CorsConfiguration: ACTED,
      NotificationConfiguration: ACTED,
      LifecycleConfiguration: 'expires after days, which no run of the local cloud lasts',
      PublicAccessBlockConfiguration: 'nobody reaches a bucket here but by its policies, which are checked',
      OwnershipControls: 'one account owns everything here',
      LoggingConfiguration: 'access logs are for operators; calls are recorded in .cloud/logs',
      AccessControl: 'only the delivery of logs is granted by ACL',
      BucketEncryption: ENCRYPTION,
      Tags: METADATA,
    },
    ref: named,
    attributes: {
      Arn: (names, logicalId) => `arn:aws:s3:::${names.name(logicalId)}`,
      DomainName: (names, logicalId) => `${names.name(logicalId)}.s3.amazonaws.com`,
      RegionalDomainName: (names, logicalId) => names.bucketDomain(logicalId),
    },
  },
  'AWS::S3::BucketPolicy': { properties: { Bucket: ACTED, PolicyDocument: ACTED }, ref: named },
  'AWS::DynamoDB::GlobalTable': TABLE,
  'AWS::DynamoDB::Table': TABLE,
  'AWS::SQS::Queue': {
    properties: {
      VisibilityTimeout: ACTED,
      RedrivePolicy: ACTED,
      DelaySeconds: ACTED,
      MessageRetentionPeriod: 'days, which no run of the local cloud lasts',
      SqsManagedSseEnabled: ENCRYPTION,
      Tags: METADATA,
    },
    ref: (names, logicalId) => names.queueUrl(logicalId),
    attributes: { Arn: queueArn, QueueName: named },
  },
  'AWS::SQS::QueuePolicy': { properties: { Queues: ACTED, PolicyDocument: ACTED }, ref: named },
  'AWS::IAM::Role': {
    properties: {
      AssumeRolePolicyDocument: ACTED,
      Policies: ACTED,
      ManagedPolicyArns: ACTED,
      Description: METADATA,
      Tags: METADATA,
    },
    ref: named,
    attributes: { Arn: (names, logicalId) => names.globalArn('iam', `role/${names.name(logicalId)}`) },
  },
  'AWS::IAM::Policy': {
    properties: { PolicyName: METADATA, PolicyDocument: ACTED, Roles: ACTED },
    ref: named,
  },
  'AWS::Lambda::Function': {
    properties: {
      Code: ACTED,
      Handler: ACTED,
      Runtime: ACTED,
      Environment: ACTED,
      MemorySize: ACTED,
      Timeout: ACTED,
      Role: ACTED,
      ReservedConcurrentExecutions: ACTED,
      LoggingConfig: ACTED,
      Architectures: 'this machine has but one; native packages for the other are found missing at the first call',
      TracingConfig: ACTED,
      EphemeralStorage: 'the functions store nothing on disk',
      Description: METADATA,
      Tags: METADATA,
    },
    ref: named,
    attributes: { Arn: (names, logicalId) => names.functionArn(logicalId) },
  },
  'AWS::Lambda::Permission': {
    properties: {
      Action: ACTED,
      FunctionName: ACTED,
      Principal: ACTED,
      SourceArn: ACTED,
      FunctionUrlAuthType: ACTED,
      InvokedViaFunctionUrl: ACTED,
      SourceAccount: 'one account owns everything here',
    },
    ref: named,
  },
  'AWS::Lambda::Url': {
    properties: {
      TargetFunctionArn: ACTED,
      AuthType: ACTED,
      InvokeMode: ACTED,
      Cors: 'refused unless empty: the app answers CORS itself',
    },
    ref: (names, logicalId, properties) => properties.textOr('TargetFunctionArn', names.name(logicalId)),
    attributes: {
      FunctionUrl: (names, logicalId) => `https://${names.functionUrlDomain(logicalId)}/`,
      FunctionArn: (_names, _logicalId, properties) => properties.text('TargetFunctionArn'),
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    properties: {
      EventSourceArn: ACTED,
      FunctionName: ACTED,
      BatchSize: ACTED,
      MaximumBatchingWindowInSeconds: ACTED,
      FunctionResponseTypes: ACTED,
      ScalingConfig: ACTED,
      Enabled: ACTED,
      Tags: METADATA,
    },
    ref: (names, logicalId) => names.id(logicalId),
  },
  'AWS::Lambda::EventInvokeConfig': {
    notActed: 'retries of asynchronous calls: schedules are run on demand here, and tell how they ended',
    ref: named,
  },
  'AWS::Events::Rule': {
    properties: { ScheduleExpression: ACTED, State: ACTED, Targets: ACTED, Description: METADATA },
    ref: named,
    attributes: { Arn: (names, logicalId) => names.arn('events', `rule/${names.name(logicalId)}`) },
  },
  'AWS::Scheduler::Schedule': {
    properties: {
      ScheduleExpression: ACTED,
      State: ACTED,
      Target: ACTED,
      FlexibleTimeWindow: 'schedules are run on demand here',
      Description: METADATA,
    },
    ref: named,
    attributes: { Arn: (names, logicalId) => names.arn('scheduler', `schedule/default/${names.name(logicalId)}`) },
  },
  'AWS::SecretsManager::Secret': {
    properties: {
      GenerateSecretString: ACTED,
      SecretString: ACTED,
      Name: METADATA,
      Description: METADATA,
      KmsKeyId: ENCRYPTION,
      Tags: METADATA,
    },
    ref: secretArn,
    attributes: { Id: secretArn },
  },
  'AWS::Logs::LogGroup': {
    notActed: 'logs go to .cloud/logs; retention is for years',
    ref: named,
    attributes: { Arn: (names, logicalId) => `${names.arn('logs', `log-group:${names.name(logicalId)}`)}:*` },
  },
  'AWS::CloudFront::Distribution': {
    ref: (names, logicalId) => names.id(logicalId),
    attributes: {
      Id: (names, logicalId) => names.id(logicalId),
      DomainName: (names, logicalId) => names.distributionDomain(logicalId),
    },
  },
  'AWS::CloudFront::CachePolicy': CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
  'AWS::CloudFront::OriginRequestPolicy': CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
  'AWS::CloudFront::ResponseHeadersPolicy': CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
  'AWS::CloudFront::KeyGroup': CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
  'AWS::CloudFront::PublicKey': CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
  'AWS::CloudFront::OriginAccessControl': {
    ...CLOUDFRONT_PROPERTIES_ARE_THE_EDGES,
    attributes: { Id: (names, logicalId) => names.id(logicalId) },
  },
  'AWS::CloudFront::Function': {
    ref: (names, logicalId) => names.cloudFrontFunctionArn(logicalId),
    attributes: { FunctionARN: (names, logicalId) => names.cloudFrontFunctionArn(logicalId) },
  },
  'AWS::CloudWatch::Alarm': {
    notActed: 'watches for hours; what it watches is counted by the tests themselves',
    ref: named,
    attributes: { Arn: (names, logicalId) => names.arn('cloudwatch', `alarm:${names.name(logicalId)}`) },
  },
  'AWS::CloudWatch::Dashboard': { notActed: METADATA, ref: named },
  'AWS::SNS::Topic': {
    notActed: 'tells people of alarms, which are not acted upon',
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: named },
  },
  'AWS::SNS::TopicPolicy': { notActed: 'of a topic that nothing is sent to', ref: named },
  'AWS::SNS::Subscription': { notActed: 'of a topic that nothing is sent to', ref: named },
  'AWS::CDK::Metadata': { notActed: METADATA, ref: named },
};
