import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { liveProcessOf } from './process-identity.ts';
import { DEFAULT_FOLDER, servicePaths } from './settings.ts';

/** Signed requests, path style, region us-east-1. */
export type S3Service = {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** For people: name and version. */
  readonly version: string;
};

/** Any credentials and region do. */
export type DynamodbService = { readonly endpoint: string; readonly version: string };

export type RunningServices = { readonly s3: S3Service; readonly dynamodb: DynamodbService };

/**
 * Where the engines that `npm run services -- up` started are and how they are asked. Throws with the command to run
 * when they are not up.
 */
export function runningServices(folder: string = DEFAULT_FOLDER): RunningServices {
  const paths = servicePaths(folder);
  for (const name of ['s3', 'dynamodb']) {
    if (liveProcessOf(join(paths.pids, `${name}.json`)) === undefined) throw notUp(`${name} does not run`);
  }
  try {
    return parseServices(readFileSync(paths.services, 'utf8'));
  } catch (cause) {
    throw notUp(`${paths.services} cannot be read`, cause);
  }
}

/** Throws when the text is not what `services up` writes. */
export function parseServices(text: string): RunningServices {
  const { s3, dynamodb } = JSON.parse(text) as Partial<Record<keyof RunningServices, unknown>>;
  return {
    s3: strings(s3, ['endpoint', 'accessKeyId', 'secretAccessKey', 'version']),
    dynamodb: strings(dynamodb, ['endpoint', 'version']),
  };
}

function strings<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, string> {
  const found = Object.entries(Object(value));
  return Object.fromEntries(
    names.map((name) => {
      const text = found.find(([key]) => key === name)?.[1];
      if (typeof text !== 'string') throw new TypeError(`"${name}" is ${JSON.stringify(text)} and should be text`);
      return [name, text];
    }),
  ) as Record<Name, string>;
}

function notUp(reason: string, cause?: unknown): Error {
  return new Error(`the S3 and DynamoDB engines are not up (${reason}): npm run services -- up`, { cause });
}
