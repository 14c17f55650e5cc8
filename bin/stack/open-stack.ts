import { readFile } from 'node:fs/promises';
import { openAwsStores } from '../../lambdas/adapters/aws/aws-stores.ts';
import { makeClients } from '../../lambdas/adapters/aws/clients.ts';
import { SqsDispatcher } from '../../lambdas/adapters/aws/sqs-dispatcher.ts';
import { readStackOutputs } from '../../lambdas/adapters/aws/stack-outputs.ts';
import { storeSettings } from '../../lambdas/adapters/lambda/function-environment.ts';
import { ingestConfig } from '../../lambdas/adapters/lambda/ingest-config.ts';
import { MusicMetadataTagReader } from '../../lambdas/adapters/metadata/music-metadata-tag-reader.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { Log } from '../../lambdas/core/ports.ts';
import { StackPlace } from './stack-place.ts';

export type StackName = {
  readonly name: string;
  /** A file that `cdk deploy --outputs-file` wrote, instead of asking CloudFormation. */
  readonly outputsFile?: string;
};

/** Outputs of the stack, and the variables that its functions know the same by. */
const VARIABLES: Readonly<Record<string, string>> = {
  SourceBucketName: 'CUEPOINT_SOURCE_BUCKET',
  MediaBucketName: 'CUEPOINT_MEDIA_BUCKET',
  TableName: 'CUEPOINT_TABLE',
  Chunking: 'CUEPOINT_CHUNKING',
  Location: 'CUEPOINT_LOCATION',
  RetainReplacedSeconds: 'CUEPOINT_RETAIN_REPLACED_SECONDS',
};

/**
 * A deployed stack with the caller's own credentials (the SDK's usual chain: AWS_PROFILE, AWS_REGION …). Throws
 * `not_found` when there is none of that name, or it is no Cuepoint.
 */
export async function openStack(stack: StackName, log: Log): Promise<{ place: StackPlace; close(): void }> {
  const outputs = await outputsOf(stack);
  const output = (name: string): string => {
    const value = outputs[name];
    if (value) return value;
    throw new CuepointError(
      'not_found',
      `the stack ${JSON.stringify(stack.name)} has no output ${name}: it is no Cuepoint, or an older one; deploy it again`,
    );
  };
  const variables = Object.entries(VARIABLES).map(([name, variable]) => [variable, output(name)]);
  const settings = storeSettings(Object.fromEntries(variables));
  const clients = makeClients();
  const stores = {
    ...openAwsStores(settings, clients),
    log,
    tagReader: new MusicMetadataTagReader(),
    config: ingestConfig(settings),
  };
  const ingestQueue = new SqsDispatcher({ client: clients.sqs, queueUrl: output('IngestQueueUrl') });
  const place = new StackPlace({ stores, s3: clients.s3, sourceBucket: settings.sourceBucket, ingestQueue });
  return {
    place,
    close() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

function outputsOf({ name, outputsFile }: StackName): Promise<Readonly<Record<string, string>>> {
  return outputsFile === undefined ? readStackOutputs(name) : outputsOfFile(name, outputsFile);
}

async function outputsOfFile(name: string, file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new CuepointError(
      'not_found',
      `${file} cannot be read (${cause.message}); write it with cdk deploy --outputs-file`,
      { cause },
    );
  });
  const stacks = parsed(text);
  const outputs = stacks?.[name];
  if (typeof outputs === 'object' && outputs !== null) return outputs as Record<string, string>;
  throw new CuepointError(
    'not_found',
    `${file} tells of ${stacks ? Object.keys(stacks).join(', ') || 'no stack' : 'nothing that is JSON'}, not of ${JSON.stringify(name)}`,
  );
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
