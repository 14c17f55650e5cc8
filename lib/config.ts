/**
 * What `cdk deploy` is told, by `-c cuepoint:name=value` or by the context in cdk.json, as props of a stack. Every name is
 * checked: a setting with a slip of the pen in its name would otherwise be deployed as if it had not been made.
 */
import { readFileSync } from 'node:fs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PriceClass } from 'aws-cdk-lib/aws-cloudfront';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type ChunkingConfig, DEFAULT_CHUNKING, DEFAULT_SILENCE_CHUNKING } from '../lambdas/core/chunking/strategy.ts';
import { Access } from './constructs/access.ts';
import type { CuepointProps } from './constructs/cuepoint-props.ts';

const CONTEXT_PREFIX = 'cuepoint:';

export const SETTINGS = [
  'stackName',
  'access',
  'publicKeyFile',
  'privateKeySecretArn',
  'sourceBucketName',
  'chunking',
  'location',
  'architecture',
  'nativeDecoding',
  'linkMinutes',
  'maxBodyBytes',
  'allowedOrigins',
  'sweepMinutes',
  'ingestConcurrency',
  'ingestBatchSize',
  'apiReservedConcurrency',
  'domainNames',
  'certificateArn',
  'webAclArn',
  'priceClass',
  'alarmTopicArn',
  'edgeLogs',
  'derivedData',
] as const;

type Name = (typeof SETTINGS)[number];

export type Config = {
  readonly stackName: string;
  /** To be called with the stack: some props refer to resources that need a scope. */
  readonly props: (scope: Construct) => CuepointProps;
};

/** Reads the context. Throws, for the first setting that cannot be used, what it is and what is expected. */
export function readConfig(context: Readonly<Record<string, unknown>>): Config {
  const settings = textSettings(context);
  const stackName = settings.stackName ?? 'Cuepoint';
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) {
    throw refusal('stackName', stackName, 'a letter, then letters, digits and hyphens');
  }
  return { stackName, props: (scope) => propsOf(scope, settings) };
}

type Settings = Readonly<Partial<Record<Name, string>>>;

function textSettings(context: Readonly<Record<string, unknown>>): Settings {
  const settings: Partial<Record<Name, string>> = {};
  for (const [key, value] of Object.entries(context)) {
    if (!key.startsWith(CONTEXT_PREFIX)) continue;
    const given = key.slice(CONTEXT_PREFIX.length);
    const name = SETTINGS.find((known) => known === given);
    if (name === undefined) throw new Error(`there is no setting ${key}; expected one of ${SETTINGS.join(', ')}`);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw refusal(name, JSON.stringify(value), 'a text, a number, true or false');
    }
    settings[name] = String(value);
  }
  return settings;
}

function propsOf(scope: Construct, settings: Settings): CuepointProps {
  const minutes = (name: 'linkMinutes' | 'sweepMinutes') => optional(wholeNumber(settings, name), Duration.minutes);
  return {
    access: accessOf(scope, settings),
    sourceBucket: optional(settings.sourceBucketName, (name) => Bucket.fromBucketName(scope, 'ExistingSources', name)),
    chunking: optional(settings.chunking, chunkingOf),
    location: oneOf(settings, 'location', ['objects', 'windows']),
    architecture: oneOf(settings, 'architecture', ['arm64', 'x64']),
    nativeDecoding: yesOrNo(settings, 'nativeDecoding'),
    linkLife: minutes('linkMinutes'),
    maxBodyBytes: wholeNumber(settings, 'maxBodyBytes'),
    sweepInterval: minutes('sweepMinutes'),
    ingestConcurrency: wholeNumber(settings, 'ingestConcurrency'),
    ingestBatchSize: wholeNumber(settings, 'ingestBatchSize'),
    apiReservedConcurrency: wholeNumber(settings, 'apiReservedConcurrency'),
    allowedOrigins: listOf(settings.allowedOrigins),
    domainNames: listOf(settings.domainNames),
    certificate: optional(settings.certificateArn, (arn) => Certificate.fromCertificateArn(scope, 'Certificate', arn)),
    webAclArn: settings.webAclArn,
    priceClass: optional(oneOf(settings, 'priceClass', ['100', '200', 'all'] as const), (name) => PRICE_CLASSES[name]),
    alarmTopic: optional(settings.alarmTopicArn, (arn) => Topic.fromTopicArn(scope, 'AlarmTopic', arn)),
    edgeLogs: yesOrNo(settings, 'edgeLogs'),
    derivedRemovalPolicy: optional(
      oneOf(settings, 'derivedData', ['retain', 'destroy'] as const),
      (word) => REMOVAL[word],
    ),
  };
}

/** Of texts with commas between them. */
function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((each) => each.trim());
}

const PRICE_CLASSES = {
  '100': PriceClass.PRICE_CLASS_100,
  '200': PriceClass.PRICE_CLASS_200,
  all: PriceClass.PRICE_CLASS_ALL,
} as const;

const REMOVAL = { retain: RemovalPolicy.RETAIN, destroy: RemovalPolicy.DESTROY } as const;

function accessOf(scope: Construct, settings: Settings): Access {
  const { access, publicKeyFile, privateKeySecretArn } = settings;
  switch (access) {
    case 'public':
      return Access.publicRead();
    case 'signed':
      if (publicKeyFile === undefined || privateKeySecretArn === undefined) {
        throw refusal('access', access, 'publicKeyFile (a PEM file) and privateKeySecretArn beside it');
      }
      return Access.signedUrls({
        publicKeyPem: readFileSync(publicKeyFile, 'utf8'),
        privateKeySecret: Secret.fromSecretCompleteArn(scope, 'PrivateKey', privateKeySecretArn),
      });
    default:
      throw refusal('access', access, 'public (anybody may listen) or signed (only who has a signed URL)');
  }
}

/** `duration:10` in seconds, `bytes:262144`, or `silence`, also with the shortest and the longest chunk: `silence:5-30`. */
function chunkingOf(text: string): ChunkingConfig {
  if (text === 'silence') return DEFAULT_SILENCE_CHUNKING;
  const [, shortest, longest] = /^silence:(\d{1,4}(?:\.\d{1,3})?)-(\d{1,4}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  const [minChunkSeconds, maxChunkSeconds] = [Number(shortest), Number(longest)];
  if (minChunkSeconds >= 0.1 && maxChunkSeconds >= minChunkSeconds && maxChunkSeconds <= 3600) {
    return { ...DEFAULT_SILENCE_CHUNKING, minChunkSeconds, maxChunkSeconds };
  }
  const [, strategy, amount] = /^(duration|bytes):(\d{1,9}(?:\.\d{1,3})?)$/.exec(text) ?? [];
  const value = Number(amount);
  if (strategy === 'duration' && value >= 0.1 && value <= 3600) return { ...DEFAULT_CHUNKING, targetSeconds: value };
  if (strategy === 'bytes' && Number.isInteger(value) && value >= 1024) return { strategy, targetBytes: value };
  throw refusal(
    'chunking',
    text,
    'duration:SECONDS, from 0.1 to 3600, silence or silence:SHORTEST-LONGEST in seconds, or bytes:COUNT, at least 1024',
  );
}

function oneOf<Word extends string>(settings: Settings, name: Name, words: readonly Word[]): Word | undefined {
  const text = settings[name];
  if (text === undefined) return undefined;
  const known = words.find((word) => word === text);
  if (known === undefined) throw refusal(name, text, words.join(' or '));
  return known;
}

function yesOrNo(settings: Settings, name: Name): boolean | undefined {
  return optional(oneOf(settings, name, ['true', 'false']), (text) => text === 'true');
}

function wholeNumber(settings: Settings, name: Name): number | undefined {
  const text = settings[name];
  if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw refusal(name, text, 'a whole number');
}

function refusal(name: Name, received: string | undefined, expected: string): Error {
  const is = received === undefined ? 'is not set' : `is ${JSON.stringify(received)}`;
  return new Error(`the setting ${CONTEXT_PREFIX}${name} ${is}; expected ${expected}`);
}

function optional<From, To>(value: From | undefined, to: (value: From) => To): To | undefined {
  return value === undefined ? undefined : to(value);
}
