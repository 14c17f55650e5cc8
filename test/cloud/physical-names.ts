/** The names and ARNs that resources have in the local cloud: what CloudFormation would make up when it creates them. */
import { createHash } from 'node:crypto';

export const ACCOUNT_ID = '000000000000';
export const REGION = 'us-east-1';
export const URL_SUFFIX = 'amazonaws.com';

/** CDK ends logical ids with so many characters of a hash. */
const HASH_LENGTH = 8;
const MAX_READABLE_LENGTH = 24;

export type NamingOptions = {
  readonly stackName: string;
  /** Tells one run's resources from another's: lower-case letters and digits. */
  readonly suffix: string;
  /** Scheme, host and port where queues are reached. */
  readonly queueOrigin: string;
};

export class PhysicalNames {
  readonly #options: NamingOptions;

  constructor(options: NamingOptions) {
    if (!/^[a-z0-9]{1,10}$/.test(options.suffix)) {
      throw new Error(`the suffix "${options.suffix}" is no name; expected 1 to 10 lower-case letters and digits`);
    }
    this.#options = options;
  }

  get queueOrigin(): string {
    return this.#options.queueOrigin;
  }

  get stackName(): string {
    return this.#options.stackName;
  }

  /** Fits everything, buckets included: lower case, at most 63 characters. */
  name(logicalId: string): string {
    const readable = logicalId.slice(0, -HASH_LENGTH).slice(0, MAX_READABLE_LENGTH);
    const parts = [this.#options.stackName.slice(0, 16), readable, logicalId.slice(-HASH_LENGTH), this.#options.suffix];
    return parts
      .filter((part) => part !== '')
      .join('-')
      .toLowerCase();
  }

  /** An opaque id, as CloudFront's policies and keys have: 14 capital letters and digits. */
  id(logicalId: string): string {
    const hash = createHash('sha256').update(`${this.#options.suffix}/${logicalId}`).digest('hex');
    return `E${hash.slice(0, 13).toUpperCase()}`;
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
  }

  globalArn(service: string, resource: string): string {
    return `arn:aws:${service}::${ACCOUNT_ID}:${resource}`;
  }

  functionArn(logicalId: string): string {
    return this.arn('lambda', `function:${this.name(logicalId)}`);
  }

  queueUrl(logicalId: string): string {
    return `${this.#options.queueOrigin}/${ACCOUNT_ID}/${this.name(logicalId)}`;
  }

  bucketDomain(logicalId: string): string {
    return `${this.name(logicalId)}.s3.${REGION}.${URL_SUFFIX}`;
  }

  functionUrlDomain(logicalId: string): string {
    return `${this.id(logicalId).toLowerCase()}.lambda-url.${REGION}.on.aws`;
  }

  distributionDomain(logicalId: string): string {
    return `d${this.id(logicalId).toLowerCase()}.cloudfront.net`;
  }

  distributionArn(logicalId: string): string {
    return this.globalArn('cloudfront', `distribution/${this.id(logicalId)}`);
  }

  cloudFrontFunctionArn(logicalId: string): string {
    return this.globalArn('cloudfront', `function/${this.name(logicalId)}`);
  }
}
