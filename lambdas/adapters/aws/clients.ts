/**
 * Clients of AWS services, with the settings that Cuepoint needs. Region, credentials and endpoints are the SDK's own
 * (`AWS_REGION`, `AWS_ENDPOINT_URL_S3` …). A bundle holds those clients only that it makes.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/** Whatever the SDK takes, for tests and for the command line (other endpoints, other credentials). */
export type ClientSettings = Pick<S3ClientConfig, 'credentials'> & {
  /** @default - as the environment has it */
  readonly region?: string;
  /** @default - as the environment has it */
  readonly endpoint?: string;
};

/** Within a region a connection takes a millisecond or two. */
const CONNECTION_TIMEOUT_MS = 2_000;
/** No byte for so long: the connection is dead, or whoever reads the body has forgotten it. */
const S3_IDLE_TIMEOUT_MS = 20_000;
/** These answer in milliseconds, with little: an answer that takes longer is not coming. */
const SMALL_REQUEST_TIMEOUT_MS = 5_000;
/** With the pauses of the SDK, up to 1 s in all, or 4 s when throttled. What lasts longer is left to the sender of the request. */
const MAX_ATTEMPTS = 4;
/** A body that is being read holds its connection. */
const MAX_CONNECTIONS = 100;

/**
 * Checksums are sent and checked where S3 demands them only: by default a presigned URL would carry the checksum of an
 * empty body. Large bodies do not wait for `100 Continue`, for which the SDK would open a connection each.
 */
export function makeS3Client(settings: ClientSettings = {}): S3Client {
  return new S3Client({
    ...settings,
    maxAttempts: MAX_ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: S3_IDLE_TIMEOUT_MS,
      ...keptAlive(),
    },
  });
}

export function makeDynamoDbClient(settings: ClientSettings = {}): DynamoDBClient {
  return new DynamoDBClient({ ...settings, maxAttempts: MAX_ATTEMPTS, requestHandler: smallRequests() });
}

export function makeSqsClient(settings: ClientSettings = {}): SQSClient {
  return new SQSClient({ ...settings, maxAttempts: MAX_ATTEMPTS, requestHandler: smallRequests() });
}

export function makeSecretsClient(settings: ClientSettings = {}): SecretsManagerClient {
  return new SecretsManagerClient({ ...settings, maxAttempts: MAX_ATTEMPTS, requestHandler: smallRequests() });
}

export type AwsClients = {
  readonly s3: S3Client;
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly secrets: SecretsManagerClient;
};

/** All of them, in one region. */
export function makeClients(region?: string): AwsClients {
  const settings = region === undefined ? {} : { region };
  return {
    s3: makeS3Client(settings),
    dynamoDb: makeDynamoDbClient(settings),
    sqs: makeSqsClient(settings),
    secrets: makeSecretsClient(settings),
  };
}

function smallRequests() {
  return {
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: SMALL_REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    ...keptAlive(),
  };
}

function keptAlive() {
  const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}
