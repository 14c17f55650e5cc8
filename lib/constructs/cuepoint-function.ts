import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BUNDLE_HANDLER, type BundleName, bundleFolder } from '../bundles.ts';
import type { Processor } from '../processor.ts';
import { acknowledge, resourceFinding } from './nag-exceptions.ts';
import type { Permission } from './permissions.ts';

/** What all functions of one stack have in common. */
export type FunctionDefaults = {
  readonly processor: Processor;
  readonly logRetention: RetentionDays;
  readonly environment: Readonly<Record<string, string>>;
};

export interface CuepointFunctionProps {
  readonly defaults: FunctionDefaults;
  readonly bundle: BundleName;
  readonly description: string;
  readonly memoryMegabytes: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** All that the function may do, besides writing its logs and traces. */
  readonly permissions: readonly Permission[];
  /** @default - without native code */
  readonly nativeDecoding?: boolean;
  /** @default - as many at once as the account allows */
  readonly reservedConcurrency?: number | undefined;
  /** How often Lambda itself tries again what was invoked without waiting for an answer and failed. @default 2, Lambda's own */
  readonly asynchronousRetries?: number;
}

/** The one home of what Lambda functions here are like: runtime, logs, traces, role, code. */
export class CuepointFunction extends Construct {
  readonly function: LambdaFunction;
  readonly timeout: Duration;

  constructor(scope: Construct, id: string, props: CuepointFunctionProps) {
    super(scope, id);
    const { defaults } = props;
    this.timeout = props.timeout;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: defaults.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: defaults.processor === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: codeOf(this, props),
      handler: BUNDLE_HANDLER,
      description: props.description,
      memorySize: props.memoryMegabytes,
      timeout: props.timeout,
      role: this.#role(logGroup, props.permissions),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: props.bundle,
        POWERTOOLS_METRICS_NAMESPACE: 'Cuepoint',
        POWERTOOLS_LOG_LEVEL: 'INFO',
        ...defaults.environment,
        ...props.environment,
      },
      ...(props.asynchronousRetries !== undefined && { retryAttempts: props.asynchronousRetries }),
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }

  /** A role of our own: AWS's managed one may write to every log group of the account. */
  #role(logGroup: LogGroup, permissions: readonly Permission[]): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no resources: its two writing actions can be granted on * only',
    });
    for (const { statement, wildcardReason } of permissions) {
      role.addToPolicy(statement);
      if (wildcardReason === undefined) continue;
      const findings = statement.resources.map((arn) => [resourceFinding(this, arn), wildcardReason]);
      acknowledge(role, Object.fromEntries(findings));
    }
    return role;
  }
}

/** Commands that deploy nothing of this stack (listing, destroying) need no bundle, and should not wait for one. */
function codeOf(scope: Construct, { bundle, nativeDecoding, defaults }: CuepointFunctionProps): Code {
  if (!Stack.of(scope).bundlingRequired)
    return Code.fromInline('// bundled when the stack is synthesized to be deployed');
  const folder = bundleFolder({ name: bundle, ...(nativeDecoding === true && { native: defaults.processor }) });
  return Code.fromAsset(folder);
}
