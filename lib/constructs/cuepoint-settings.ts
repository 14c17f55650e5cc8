/** What the props come to: defaults filled in, and refused what could not work once it is deployed. */
import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ChunkingConfig, DEFAULT_CHUNKING } from '../../lambdas/core/chunking/strategy.ts';
import type { ChunkLocation } from '../../lambdas/core/track/record.ts';
import type { Processor } from '../processor.ts';
import type { CuepointProps } from './cuepoint-props.ts';

type Defaulted = {
  readonly sourceRemovalPolicy: RemovalPolicy;
  readonly derivedRemovalPolicy: RemovalPolicy;
  readonly noncurrentSourceRetention: Duration;
  readonly chunking: ChunkingConfig;
  readonly location: ChunkLocation;
  readonly architecture: Processor;
  readonly nativeDecoding: boolean;
  readonly linkLife: Duration;
  readonly replacedRetention: Duration;
  readonly maxBodyBytes: number;
  readonly sweepInterval: Duration;
  readonly ingestConcurrency: number;
  readonly ingestBatchSize: number;
  readonly allowedOrigins: readonly string[] | undefined;
  readonly domainNames: readonly string[];
  readonly logRetention: RetentionDays;
  readonly edgeLogs: boolean;
  readonly accessLogRetention: Duration;
};

export type CuepointSettings = Omit<CuepointProps, keyof Defaulted> & Defaulted;

const MEBIBYTE = 2 ** 20;

/** Lambda's answers are JSON of 6 MB, in which audio is base64, and the headers need some of it. */
const LARGEST_BODY_BYTES = 4.25 * MEBIBYTE;

/** CloudFront adds no header that is longer, and Timing-Allow-Origin names all origins. */
const LONGEST_ORIGINS_CHARACTERS = 1783;

/** Throws, for the first prop that cannot be deployed, what was received and what is expected. */
export function settingsOf(props: CuepointProps): CuepointSettings {
  const linkLife = props.linkLife ?? Duration.hours(1);
  const settings = {
    ...props,
    sourceRemovalPolicy: props.sourceRemovalPolicy ?? RemovalPolicy.RETAIN,
    derivedRemovalPolicy: props.derivedRemovalPolicy ?? RemovalPolicy.RETAIN,
    noncurrentSourceRetention: props.noncurrentSourceRetention ?? Duration.days(30),
    chunking: props.chunking ?? DEFAULT_CHUNKING,
    location: props.location ?? 'objects',
    architecture: props.architecture ?? 'arm64',
    nativeDecoding: props.nativeDecoding ?? false,
    linkLife,
    replacedRetention: props.replacedRetention ?? linkLife,
    maxBodyBytes: props.maxBodyBytes ?? 4 * MEBIBYTE,
    sweepInterval: props.sweepInterval ?? Duration.hours(1),
    ingestConcurrency: props.ingestConcurrency ?? 10,
    ingestBatchSize: props.ingestBatchSize ?? 1,
    allowedOrigins: props.allowedOrigins && [...new Set(props.allowedOrigins)],
    domainNames: props.domainNames ?? [],
    logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
    edgeLogs: props.edgeLogs ?? true,
    accessLogRetention: props.accessLogRetention ?? Duration.days(90),
  };
  refuse(settings);
  return settings;
}

function refuse(settings: CuepointSettings): void {
  const { linkLife, replacedRetention, domainNames, certificate, webAclArn } = settings;
  requireOrigins(settings.allowedOrigins);
  requireWhole('maxBodyBytes', settings.maxBodyBytes, 1, LARGEST_BODY_BYTES);
  requireWhole('ingestConcurrency', settings.ingestConcurrency, 2, 1000);
  requireWhole('ingestBatchSize', settings.ingestBatchSize, 1, 10);
  requireWhole('linkLife in seconds', linkLife.toSeconds(), 900, 12 * 3600);
  // A sweep ends within 15 minutes: two at a time would do the same work twice.
  requireWhole('sweepInterval in minutes', settings.sweepInterval.toMinutes(), 15, 24 * 60);
  if (settings.apiReservedConcurrency !== undefined) {
    requireWhole('apiReservedConcurrency', settings.apiReservedConcurrency, 1, 100_000);
  }
  if (replacedRetention.toSeconds() < linkLife.toSeconds()) {
    throw new Error(
      `replacedRetention is ${replacedRetention.toHumanString()}; expected at least ${linkLife.toHumanString()}, as long ` +
        'as links hold (linkLife), since they lead to replaced revisions too',
    );
  }
  if (domainNames.length > 0 !== (certificate !== undefined)) {
    throw new Error(
      `domainNames are ${JSON.stringify(domainNames)} and certificate is ${certificate === undefined ? 'not set' : 'set'}; ` +
        'set both, with a certificate of us-east-1, or none',
    );
  }
  if (webAclArn !== undefined && !Token.isUnresolved(webAclArn) && !/:global\/webacl\//.test(webAclArn)) {
    throw new Error(
      `webAclArn is ${JSON.stringify(webAclArn)}; expected the ARN of a WAFv2 web ACL of scope CLOUDFRONT ` +
        '(arn:aws:wafv2:us-east-1:…:global/webacl/…)',
    );
  }
}

/** As browsers write them into Origin: what is spelled otherwise would never match. */
function requireOrigins(origins: readonly string[] | undefined): void {
  if (origins === undefined) return;
  const other = origins.find((origin) => !isOrigin(origin));
  if (other !== undefined || origins.length === 0) {
    throw new Error(
      `allowedOrigins ${other === undefined ? 'is empty' : `has ${JSON.stringify(other)}`}; expected origins such as ` +
        'https://player.example, without a path; leave allowedOrigins out for any',
    );
  }
  const { length } = origins.join(', ');
  if (length > LONGEST_ORIGINS_CHARACTERS) {
    throw new Error(
      `allowedOrigins have ${length} characters, commas included; expected at most ${LONGEST_ORIGINS_CHARACTERS}, as long ` +
        'as a header may be that CloudFront adds',
    );
  }
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function requireWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`${name} is ${value}; expected a whole number from ${least} to ${most}`);
}
