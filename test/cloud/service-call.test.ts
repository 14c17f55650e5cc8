import { type CallRequest, readServiceCall, type ServiceCall } from './service-call.ts';

const arnOf = {
  table: (name: string) => `table/${name}`,
  queue: (url: string) => `queue/${url.split('/').at(-1)}`,
};

function read(method: string, target: string, headers: Record<string, string> = {}, body = ''): ServiceCall {
  const request: CallRequest = { method, target, header: (name) => headers[name], body };
  return readServiceCall(request, arnOf);
}

const json = (target: string, body: object) => read('POST', '/', { 'x-amz-target': target }, JSON.stringify(body));
const needs = ({ needed }: ServiceCall) => needed.map(({ action, resource }) => `${action} ${resource}`);

describe('calls of S3', () => {
  const key = 'arn:aws:s3:::b/d/x y';
  const cases: [
    request: string,
    headers: Record<string, string>,
    operation: string,
    needed: string[],
    writes: boolean,
  ][] = [
    ['GET /b/d/x%20y', {}, 'GetObject', [`s3:GetObject ${key}`], false],
    ['GET /b/d/x%20y?X-Amz-Signature=1', {}, 'GetObject', [`s3:GetObject ${key}`], false],
    ['GET /b/d/x%20y?versionId=1', {}, 'GetObject', [`s3:GetObjectVersion ${key}`], false],
    ['HEAD /b/d/x%20y', {}, 'HeadObject', [`s3:GetObject ${key}`], false],
    ['PUT /b/d/x%20y?x-id=PutObject', {}, 'PutObject', [`s3:PutObject ${key}`], true],
    [
      'PUT /b/d/x%20y',
      { 'x-amz-tagging': 'a=b' },
      'PutObject',
      [`s3:PutObject ${key}`, `s3:PutObjectTagging ${key}`],
      true,
    ],
    [
      'PUT /b/d/x%20y',
      { 'x-amz-copy-source': '/src/a%2Bb' },
      'CopyObject',
      ['s3:GetObject arn:aws:s3:::src/a+b', `s3:PutObject ${key}`],
      true,
    ],
    [
      'PUT /b/d/x%20y?partNumber=1&uploadId=u',
      { 'x-amz-copy-source': 'src/a?versionId=1' },
      'UploadPartCopy',
      ['s3:GetObjectVersion arn:aws:s3:::src/a', `s3:PutObject ${key}`],
      true,
    ],
    ['POST /b/d/x%20y?uploads', {}, 'CreateMultipartUpload', [`s3:PutObject ${key}`], true],
    ['PUT /b/d/x%20y?partNumber=1&uploadId=u', {}, 'UploadPart', [`s3:PutObject ${key}`], true],
    ['POST /b/d/x%20y?uploadId=u', {}, 'CompleteMultipartUpload', [`s3:PutObject ${key}`], true],
    ['DELETE /b/d/x%20y?uploadId=u', {}, 'AbortMultipartUpload', [`s3:AbortMultipartUpload ${key}`], true],
    ['DELETE /b/d/x%20y', {}, 'DeleteObject', [`s3:DeleteObject ${key}`], true],
    ['GET /b/?list-type=2&prefix=d%2F', {}, 'ListObjectsV2', ['s3:ListBucket arn:aws:s3:::b'], false],
    ['GET /b?list-type=2', {}, 'ListObjectsV2', ['s3:ListBucket arn:aws:s3:::b'], false],
  ];
  test.each(cases)('%s %j is %s', (request, headers, operation, needed, writes) => {
    const [method = '', target = ''] = request.split(' ');
    const call = read(method, target, headers);
    expect(call).toMatchObject({ service: 's3', operation, writes });
    expect(needs(call)).toEqual(needed);
  });

  test('of several objects need a permission for each', () => {
    const body = '<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object></Delete>';
    expect(needs(read('POST', '/b?delete', {}, body))).toEqual([
      's3:DeleteObject arn:aws:s3:::b/a&b',
      's3:DeleteObject arn:aws:s3:::b/c',
    ]);
  });

  test('that are not known stop the call by name', () => {
    expect(() => read('PUT', '/b?replication')).toThrow(/PUT \?replication=/);
    expect(() => read('POST', '/b/key?select')).toThrow(/POST \?select=/);
  });
});

describe('calls of DynamoDB, SQS and Secrets Manager', () => {
  const cases: [target: string, body: object, needed: string[], writes: boolean][] = [
    ['DynamoDB_20120810.GetItem', { TableName: 't' }, ['dynamodb:GetItem table/t'], false],
    ['DynamoDB_20120810.Query', { TableName: 't', IndexName: 'i' }, ['dynamodb:Query table/t/index/i'], false],
    ['DynamoDB_20120810.PutItem', { TableName: 't' }, ['dynamodb:PutItem table/t'], true],
    ['DynamoDB_20120810.BatchGetItem', { RequestItems: { t: {} } }, ['dynamodb:BatchGetItem table/t'], false],
    [
      'DynamoDB_20120810.TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName: 't' } },
          { Put: { TableName: 't' } },
          { ConditionCheck: { TableName: 't' } },
        ],
      },
      ['dynamodb:PutItem table/t', 'dynamodb:ConditionCheckItem table/t'],
      true,
    ],
    ['AmazonSQS.SendMessage', { QueueUrl: 'http://h/0/q' }, ['sqs:SendMessage queue/q'], true],
    ['AmazonSQS.SendMessageBatch', { QueueUrl: 'http://h/0/q' }, ['sqs:SendMessage queue/q'], true],
    [
      'AmazonSQS.ChangeMessageVisibility',
      { QueueUrl: 'http://h/0/q', ReceiptHandle: 'r', VisibilityTimeout: 30 },
      ['sqs:ChangeMessageVisibility queue/q'],
      true,
    ],
    ['secretsmanager.GetSecretValue', { SecretId: 'arn:s' }, ['secretsmanager:GetSecretValue arn:s'], false],
  ];
  test.each(cases)('%s %j', (target, body, needed, writes) => {
    const call = json(target, body);
    expect(needs(call)).toEqual(needed);
    expect(call.writes).toBe(writes);
  });

  test('that are not known stop the call by name', () => {
    expect(() => json('DynamoDB_20120810.DeleteTable', { TableName: 't' })).toThrow(/DeleteTable/);
    expect(() => json('AWSLambda.Invoke', {})).toThrow(/AWSLambda/);
  });
});
