import { Duration, Stack } from 'aws-cdk-lib';
import { type FunctionUrl, FunctionUrlAuthType, InvokeMode } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DERIVED_PREFIX } from '../../lambdas/core/track/object-keys.ts';
import type { AccessKind } from './access.ts';
import { CuepointFunction, type FunctionDefaults } from './cuepoint-function.ts';
import type { CuepointStores } from './cuepoint-stores.ts';
import { onIndexListing, onItems, onListing, onObjects, onSecret, type Permission } from './permissions.ts';

/**
 * Long enough to have S3 copy a large source inside itself on first need; CloudFront waits a minute for an answer, and
 * should hear this function's own word before it gives up.
 */
export const API_TIMEOUT = Duration.seconds(55);

/** Memory buys processor time, and the start of the function is all processor time. */
const MEMORY_MEGABYTES = 1024;

export interface ApiFunctionProps {
  readonly defaults: FunctionDefaults;
  readonly stores: CuepointStores;
  readonly access: AccessKind;
  /** Id of the public key that CloudFront knows, where access is by signed URLs. */
  readonly keyPairId: string | undefined;
  readonly linkLife: Duration;
  readonly maxBodyBytes: number;
  /** Those whose pages may read answers; without a list, all. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly reservedConcurrency: number | undefined;
}

/** Answers HTTP behind CloudFront, and nobody else: its URL asks for a signature that only the distribution has. */
export class ApiFunction extends Construct {
  readonly api: CuepointFunction;
  readonly url: FunctionUrl;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    this.api = new CuepointFunction(this, 'Api', {
      defaults: props.defaults,
      bundle: 'api',
      description: 'Cuepoint: answers requests for tracks, ranges and links',
      memoryMegabytes: MEMORY_MEGABYTES,
      timeout: API_TIMEOUT,
      environment: {
        CUEPOINT_MAX_BODY_BYTES: String(props.maxBodyBytes),
        CUEPOINT_LINK_SECONDS: String(props.linkLife.toSeconds()),
        CUEPOINT_SIGNING: Stack.of(this).toJsonString(signing(props)),
        ...(props.allowedOrigins && { CUEPOINT_ALLOWED_ORIGINS: JSON.stringify(props.allowedOrigins) }),
      },
      permissions: permissions(props),
      reservedConcurrency: props.reservedConcurrency,
    });
    this.url = this.api.function.addFunctionUrl({
      authType: FunctionUrlAuthType.AWS_IAM,
      // A streamed answer has no Content-Length, and CloudFront answers a range of such a one with the whole object.
      invokeMode: InvokeMode.BUFFERED,
    });
  }
}

function signing({ access, keyPairId }: ApiFunctionProps): Record<string, string> {
  switch (access.kind) {
    case 'public':
      return { kind: 's3' };
    case 'signed':
      if (keyPairId === undefined) throw new Error('signed access needs the id of the public key');
      return { kind: 'cloudfront', keyPairId, privateKeySecretArn: access.privateKeySecret.secretArn };
  }
}

function permissions({ access, stores: { sources, media, table } }: ApiFunctionProps): Permission[] {
  return [
    onObjects(sources, [''], ['s3:GetObject']),
    onListing(sources),
    // Writes what is asked for the first time (copies, parts) and what is gone though it should be there.
    onObjects(
      media,
      [DERIVED_PREFIX],
      ['s3:GetObject', 's3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
    ),
    onListing(media),
    onItems(table, ['dynamodb:GetItem', 'dynamodb:BatchGetItem']),
    onIndexListing(table),
    ...(access.kind === 'signed' ? [onSecret(access.privateKeySecret)] : []),
  ];
}
