/** A function of the template as Lambda would run it: code, limits, environment. */
import { existsSync } from 'node:fs';
import { REGION } from './physical-names.ts';
import type { ResolvedResource, Template } from './template.ts';

export type FunctionDefinition = {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** Where the code lies; for LAMBDA_TASK_ROOT. */
  readonly codeFolder: string;
  readonly handler: string;
  readonly memoryMegabytes: number;
  readonly timeoutMs: number;
  /** `undefined`: as many at once as the account allows. */
  readonly reservedConcurrency: number | undefined;
  readonly logGroup: string;
  readonly logFormat: 'JSON' | 'Text';
  /** Lambda sends a segment for each invocation, with the function's role. */
  readonly isTraced: boolean;
  /** The template's own. */
  readonly environment: Readonly<Record<string, string>>;
};

const RUNTIMES = ['nodejs24.x'];

/** Lambda refuses a function with more, names and values together. */
const MAX_ENVIRONMENT_BYTES = 4096;

/** Throws for what Lambda would refuse: an unknown runtime, an environment that is too large or takes reserved names. */
export function readFunction(template: Template, resource: ResolvedResource): FunctionDefinition {
  const { logicalId, physicalId, properties } = resource;
  const runtime = properties.text('Runtime');
  if (!RUNTIMES.includes(runtime)) {
    throw new Error(`function ${logicalId} has the runtime ${runtime}; the local cloud runs ${RUNTIMES.join(', ')}`);
  }
  const logging = properties.objectOr('LoggingConfig', undefined);
  return {
    logicalId,
    name: physicalId,
    arn: resource.attribute('Arn'),
    roleArn: properties.text('Role'),
    codeFolder: codeFolder(template, resource),
    handler: properties.text('Handler'),
    memoryMegabytes: properties.numberOr('MemorySize', 128),
    timeoutMs: properties.numberOr('Timeout', 3) * 1000,
    reservedConcurrency: properties.numberOr('ReservedConcurrentExecutions', undefined),
    logGroup: logging?.textOr('LogGroup', undefined) ?? `/aws/lambda/${physicalId}`,
    logFormat: logging?.textOr('LogFormat', 'Text') === 'JSON' ? 'JSON' : 'Text',
    isTraced: properties.objectOr('TracingConfig', undefined)?.textOr('Mode', 'PassThrough') === 'Active',
    environment: readEnvironment(resource),
  };
}

function codeFolder(template: Template, { logicalId, properties }: ResolvedResource): string {
  const key = properties.object('Code').text('S3Key');
  const folder = template.assetFolders.get(key);
  if (folder === undefined || !existsSync(folder)) {
    throw new Error(`the code of ${logicalId}, ${key}, is not among the assets; run: npm run synth`);
  }
  return folder;
}

function readEnvironment({ logicalId, properties }: ResolvedResource): Record<string, string> {
  const variables = properties.objectOr('Environment', undefined)?.objectOr('Variables', undefined);
  const environment: Record<string, string> = {};
  for (const name of Object.keys(variables?.values ?? {})) {
    if (/^(AWS_(?!LAMBDA_EXEC_WRAPPER)|_HANDLER$|LAMBDA_)/.test(name)) {
      throw new Error(`function ${logicalId} sets ${name}, which Lambda keeps for itself`);
    }
    environment[name] = variables?.text(name) ?? '';
  }
  const byteLength = Buffer.byteLength(Object.entries(environment).flat().join(''));
  if (byteLength > MAX_ENVIRONMENT_BYTES) {
    throw new Error(`the environment of ${logicalId} has ${byteLength} bytes; Lambda takes ${MAX_ENVIRONMENT_BYTES}`);
  }
  return environment;
}

export type ContainerSurroundings = {
  readonly containerId: string;
  readonly runtimeApi: string;
  /** Where AWS is for this function. */
  readonly awsEndpoint: string;
  /** What queue URLs of the template begin with; the SDK follows a queue's URL rather than its own endpoint. */
  readonly queueOrigin: string;
  readonly traceAddress: string;
  readonly temporaryFolder: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

/**
 * The whole environment of a container: nothing is inherited.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function containerEnvironment(
  definition: FunctionDefinition,
  surroundings: ContainerSurroundings,
): Record<string, string> {
  const { awsEndpoint, queueOrigin } = surroundings;
  const own = Object.entries(definition.environment).map(
    ([name, value]) => [name, value.replaceAll(queueOrigin, awsEndpoint)] as const,
  );
  return {
    ...Object.fromEntries(own),
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin/:/bin',
    TZ: ':UTC',
    TMPDIR: surroundings.temporaryFolder,
    LAMBDA_TASK_ROOT: definition.codeFolder,
    _HANDLER: definition.handler,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: definition.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: surroundings.containerId,
    AWS_LAMBDA_RUNTIME_API: surroundings.runtimeApi,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: surroundings.traceAddress,
    AWS_ACCESS_KEY_ID: surroundings.accessKeyId,
    AWS_SECRET_ACCESS_KEY: surroundings.secretAccessKey,
    AWS_ENDPOINT_URL_S3: awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: awsEndpoint,
    AWS_ENDPOINT_URL_SQS: awsEndpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: awsEndpoint,
    // Comes back in the user agent of each request, and tells which container sent it.
    AWS_SDK_UA_APP_ID: surroundings.containerId,
  };
}
