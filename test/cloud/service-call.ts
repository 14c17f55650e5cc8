/**
 * What a request to an AWS endpoint is, in the words of IAM: which actions on which resources it needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html (and those of DynamoDB, SQS)
 */
import type { NeededPermission } from './iam.ts';
import { isProperties, type PlainProperties, Properties, parsePlain } from './plain-values.ts';

export type Service = 's3' | 'dynamodb' | 'sqs' | 'secretsmanager';

export type ServiceCall = {
  readonly service: Service;
  /** The API's own name of the operation: `PutObject`, `Query` … */
  readonly operation: string;
  readonly needed: readonly NeededPermission[];
  /** Changes something that others can see, or could be asked to finish. */
  readonly writes: boolean;
};

/** What tells calls apart: nothing of the body of an object is looked at. */
export type CallRequest = {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Of one header, in lower case; absent: undefined. */
  readonly header: (name: string) => string | undefined;
  /** The whole body, of JSON protocols and of the few S3 calls that `hasNamingBody` holds for. */
  readonly body: string;
};

export type ArnOf = {
  readonly table: (name: string) => string;
  readonly queue: (url: string) => string;
};

const S3_ARN = 'arn:aws:s3:::';

/** The service is told by the target header of the JSON protocols, which S3 has not. */
export function serviceOf(header: CallRequest['header']): Service {
  const target = header('x-amz-target');
  if (target === undefined) return 's3';
  if (target.startsWith('DynamoDB_20120810.')) return 'dynamodb';
  if (target.startsWith('AmazonSQS.')) return 'sqs';
  if (target.startsWith('secretsmanager.')) return 'secretsmanager';
  throw new Error(`x-amz-target is "${target}"; expected DynamoDB, SQS or Secrets Manager`);
}

/** Whether the body of an S3 request names what it is about (`DeleteObjects`). */
export function hasNamingBody(method: string, target: string): boolean {
  return method === 'POST' && new URL(target, 'http://s3').searchParams.has('delete');
}

/** Throws for operations that are not known here, by name. */
export function readServiceCall(request: CallRequest, arnOf: ArnOf): ServiceCall {
  const service = serviceOf(request.header);
  if (service === 's3') return s3Call(request);
  const operation = request.header('x-amz-target')?.split('.')[1] ?? '';
  const body = parsePlain(request.body);
  if (!isProperties(body))
    throw new Error(`${service} ${operation} has ${request.body.slice(0, 100)}; expected an object`);
  switch (service) {
    case 'dynamodb':
      return dynamoDbCall(operation, body, arnOf.table);
    case 'sqs':
      return sqsCall(operation, body, arnOf.queue);
    case 'secretsmanager':
      return call(
        service,
        operation,
        false,
        `secretsmanager:${operation}`,
        new Properties(body, operation).text('SecretId'),
      );
  }
}

function call(service: Service, operation: string, writes: boolean, action: string, resource: string): ServiceCall {
  return { service, operation, writes, needed: [{ action, resource }] };
}

function s3Call(request: CallRequest): ServiceCall {
  const url = new URL(request.target, 'http://s3');
  const slash = url.pathname.indexOf('/', 1);
  const bucket = url.pathname.slice(1, slash < 0 ? undefined : slash);
  const key = slash < 0 ? '' : decodeURIComponent(url.pathname.slice(slash + 1));
  if (key === '') return s3BucketCall(request, url.searchParams, `${S3_ARN}${bucket}`);
  return s3ObjectCall(request, url.searchParams, `${S3_ARN}${bucket}/${key}`);
}

function s3BucketCall({ method, body }: CallRequest, query: URLSearchParams, arn: string): ServiceCall {
  if (method === 'HEAD') return call('s3', 'HeadBucket', false, 's3:ListBucket', arn);
  if (method === 'GET' && query.has('uploads')) {
    return call('s3', 'ListMultipartUploads', false, 's3:ListBucketMultipartUploads', arn);
  }
  if (method === 'GET' && query.has('versions')) {
    return call('s3', 'ListObjectVersions', false, 's3:ListBucketVersions', arn);
  }
  if (method === 'GET' && (query.has('list-type') || query.size === 0 || query.has('prefix'))) {
    return call('s3', 'ListObjectsV2', false, 's3:ListBucket', arn);
  }
  if (method === 'POST' && query.has('delete')) {
    const keys = [...body.matchAll(/<Key>([\s\S]*?)<\/Key>/g)].map(([, key]) => unescapeXml(key ?? ''));
    return {
      service: 's3',
      operation: 'DeleteObjects',
      writes: true,
      needed: keys.map((key) => ({ action: 's3:DeleteObject', resource: `${arn}/${key}` })),
    };
  }
  throw new Error(
    `the S3 call ${method} ?${query} on ${arn} is not known here; teach it in test/cloud/service-call.ts`,
  );
}

function s3ObjectCall(request: CallRequest, query: URLSearchParams, arn: string): ServiceCall {
  const { method } = request;
  const one = (operation: string, writes: boolean, action: string) => call('s3', operation, writes, action, arn);
  const version = query.has('versionId') ? 'Version' : '';
  switch (method) {
    case 'GET':
      if (query.has('uploadId')) return one('ListParts', false, 's3:ListMultipartUploadParts');
      if (query.has('tagging')) return one('GetObjectTagging', false, `s3:GetObject${version}Tagging`);
      return one('GetObject', false, `s3:GetObject${version}`);
    case 'HEAD':
      return one('HeadObject', false, `s3:GetObject${version}`);
    case 'PUT':
      if (query.has('tagging')) return one('PutObjectTagging', true, 's3:PutObjectTagging');
      return s3Writing(request, query, arn);
    case 'POST':
      if (query.has('uploads')) return tagged(one('CreateMultipartUpload', true, 's3:PutObject'), request, arn);
      if (query.has('uploadId')) return one('CompleteMultipartUpload', true, 's3:PutObject');
      break;
    case 'DELETE':
      if (query.has('uploadId')) return one('AbortMultipartUpload', true, 's3:AbortMultipartUpload');
      return one('DeleteObject', true, `s3:DeleteObject${version}`);
  }
  throw new Error(
    `the S3 call ${method} ?${query} on ${arn} is not known here; teach it in test/cloud/service-call.ts`,
  );
}

function s3Writing(request: CallRequest, query: URLSearchParams, arn: string): ServiceCall {
  const copySource = request.header('x-amz-copy-source');
  const isPart = query.has('uploadId');
  if (copySource === undefined)
    return tagged(call('s3', isPart ? 'UploadPart' : 'PutObject', true, 's3:PutObject', arn), request, arn);
  const [path = '', versionQuery] = copySource.replace(/^\//, '').split('?');
  const reading = {
    action: versionQuery?.startsWith('versionId=') ? 's3:GetObjectVersion' : 's3:GetObject',
    resource: `${S3_ARN}${decodeURIComponent(path)}`,
  };
  const copying = call('s3', isPart ? 'UploadPartCopy' : 'CopyObject', true, 's3:PutObject', arn);
  return tagged({ ...copying, needed: [reading, ...copying.needed] }, request, arn);
}

function tagged(writing: ServiceCall, request: CallRequest, resource: string): ServiceCall {
  if (request.header('x-amz-tagging') === undefined) return writing;
  return { ...writing, needed: [...writing.needed, { action: 's3:PutObjectTagging', resource }] };
}

const DYNAMODB_READS = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable']);
const DYNAMODB_WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

function dynamoDbCall(operation: string, values: PlainProperties, tableArn: ArnOf['table']): ServiceCall {
  const body = new Properties(values, `DynamoDB ${operation}`);
  const needed = (action: string, item: Properties): NeededPermission => {
    const index = item.textOr('IndexName', undefined);
    const table = tableArn(item.text('TableName'));
    return { action: `dynamodb:${action}`, resource: index === undefined ? table : `${table}/index/${index}` };
  };
  if (operation === 'TransactWriteItems') {
    const items = body
      .objects('TransactItems')
      .flatMap((item) =>
        Object.keys(item.values).map((kind) =>
          needed(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, item.object(kind)),
        ),
      );
    // One permission each, however many items.
    const distinct = new Map(items.map((item) => [`${item.action} ${item.resource}`, item]));
    return { service: 'dynamodb', operation, writes: true, needed: [...distinct.values()] };
  }
  if (!DYNAMODB_READS.has(operation) && !DYNAMODB_WRITES.has(operation)) {
    throw new Error(`the DynamoDB call ${operation} is not known here; teach it in test/cloud/service-call.ts`);
  }
  const requestItems = body.objectOr('RequestItems', undefined);
  return {
    service: 'dynamodb',
    operation,
    writes: DYNAMODB_WRITES.has(operation),
    needed:
      requestItems === undefined
        ? [needed(operation, body)]
        : Object.keys(requestItems.values).map((table) => ({
            action: `dynamodb:${operation}`,
            resource: tableArn(table),
          })),
  };
}

function sqsCall(operation: string, values: PlainProperties, queueArn: ArnOf['queue']): ServiceCall {
  const writes = operation.startsWith('Send') || operation.startsWith('Delete') || operation.startsWith('Change');
  // Batches need the permission of the single call.
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  return call('sqs', operation, writes, action, queueArn(new Properties(values, operation).text('QueueUrl')));
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replace(/&#(\d+);/g, (_whole, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
}
