/** What functions are granted: actions by name, objects by prefix. No grant methods, which give more than is used. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DERIVED_PREFIX, MANIFEST_PREFIX } from '../../lambdas/core/track/object-keys.ts';
import type { TrackTable } from './track-table.ts';

export const MEDIA_PREFIXES: readonly string[] = [DERIVED_PREFIX, MANIFEST_PREFIX];

/** What functions remember from one run to the next, in the media bucket; for nobody outside. */
export const STATE_PREFIX = 'state/';

export type ObjectAction =
  | 's3:GetObject'
  | 's3:PutObject'
  | 's3:PutObjectTagging'
  | 's3:DeleteObject'
  | 's3:AbortMultipartUpload';

export type TableAction =
  | 'dynamodb:GetItem'
  | 'dynamodb:BatchGetItem'
  | 'dynamodb:PutItem'
  | 'dynamodb:DeleteItem'
  | 'dynamodb:BatchWriteItem'
  | 'dynamodb:Query';

/** One grant, and why its resources have a wildcard, where they have one. */
export type Permission = { readonly statement: PolicyStatement; readonly wildcardReason?: string };

export function onObjects(bucket: IBucket, prefixes: readonly string[], actions: ObjectAction[]): Permission {
  return {
    ...permission(
      actions,
      prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
    ),
    wildcardReason: 'keys of objects are made as audio comes in: they can be granted by prefix only',
  };
}

/**
 * Listing, and being told that an object is not there: without it S3 answers 403 where it means 404. Not bound to a prefix:
 * a condition on `s3:prefix` holds for listings only, so it would take the 404 away again.
 */
export function onListing(bucket: IBucket): Permission {
  return permission(['s3:ListBucket'], [bucket.bucketArn]);
}

export function onItems({ table }: TrackTable, actions: TableAction[]): Permission {
  return permission(actions, [table.tableArn]);
}

export function onIndexListing(table: TrackTable): Permission {
  return permission(['dynamodb:Query'], [table.listingArn]);
}

export function onSending(queue: IQueue): Permission {
  return permission(['sqs:SendMessage'], [queue.queueArn]);
}

/** To be told how many messages wait. */
export function onCounting(queue: IQueue): Permission {
  return permission(['sqs:GetQueueAttributes'], [queue.queueArn]);
}

/** What Lambda itself does in the function's name to take messages. */
export function onReceiving(queue: IQueue): Permission {
  return permission(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queue.queueArn]);
}

/** To have a message that failed delivered again sooner, or later, than the queue would by itself. */
export function onRetrying(queue: IQueue): Permission {
  return permission(['sqs:ChangeMessageVisibility'], [queue.queueArn]);
}

export function onSecret(secret: ISecret): Permission {
  return permission(['secretsmanager:GetSecretValue'], [secret.secretArn]);
}

function permission(actions: string[], resources: string[]): Permission {
  return { statement: new PolicyStatement({ actions, resources }) };
}
