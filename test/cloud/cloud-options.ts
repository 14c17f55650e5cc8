import type { AdversarialEdge } from './edge/ports.ts';

export type CloudOptions = {
  /** A folder that `cdk synth` wrote. @default - `cdk.out` of this project */
  readonly assemblyFolder?: string;
  /** Which stack, if the assembly has several. */
  readonly stackName?: string;
  /** Tells this run's buckets and tables from others': lower-case letters and digits. @default - a new one each time */
  readonly suffix?: string;
  /** @default - one that is free */
  readonly edgePort?: number;
  /** Without, functions are reached by `invoke` only. @default true */
  readonly edge?: boolean;
  /** @default - the edge caches as well as it can */
  readonly adversarial?: AdversarialEdge;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values of `Fn::ImportValue`, by export name. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Values of secrets, by ARN. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Of one function at once; beyond it invocations wait. @default 3 */
  readonly maxContainers?: number;
  /** Leave buckets and tables when the cloud is closed. @default false */
  readonly keepsStores?: boolean;
};
