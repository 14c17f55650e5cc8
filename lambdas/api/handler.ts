/** Answers HTTP, behind a function URL that only the distribution may call. */

import { brotliDecompressSync } from 'node:zlib';
import { openAwsStores } from '../adapters/aws/aws-stores.ts';
import { makeDynamoDbClient, makeS3Client, makeSecretsClient } from '../adapters/aws/clients.ts';
import { CloudFrontSigner } from '../adapters/aws/cloudfront-signer.ts';
import { S3Signer } from '../adapters/aws/s3-signer.ts';
import { readSecret } from '../adapters/aws/secret.ts';
import { EdgeAuthorizer } from '../adapters/lambda/edge-authorizer.ts';
import { type FunctionUrlEvent, type FunctionUrlResult, functionUrlHandler } from '../adapters/lambda/function-url.ts';
import type { Invocation } from '../adapters/lambda/invocation.ts';
import { observe } from '../adapters/lambda/observation.ts';
import type { Signer } from '../core/ports.ts';
import { createApp } from './app.ts';
import { apiEnvironment } from './environment.ts';
import { sharedHeaders } from './shared-headers.ts';
import { addWebPage, type WebFile, type WebFiles } from './web-page.ts';

/** Put here when the function is bundled, there are no files beside it: JSON of files by path, as brotli in base64. Without it there is no page. */
declare const CUEPOINT_WEB_PAGE: string | undefined;

/** So old may be what is known of a track. It saves most requests of a player their read of the table. */
const HEAD_MAX_AGE_MS = 2000;

/** Links stay the same for this long, so that caches can hold them; of short-lived ones, for a quarter of their life. */
const LINK_FLOOR_SECONDS = 900;

const environment = apiEnvironment();
const { allowedOrigins } = environment;
// What the app answers and what is answered without it are to be for the same pages.
const readers = allowedOrigins === undefined ? {} : { allowedOrigins };
// X-Ray records the function as a whole: the library that would add steps to it is a fifth of what this bundle may be.
const observation = observe();
const s3 = makeS3Client();
const stores = openAwsStores(environment, { s3, dynamoDb: makeDynamoDbClient() });

let answering: Promise<(request: Request) => Response | Promise<Response>> | undefined;

/** Begun while the container starts. What failed (a secret that cannot be read) is tried again by the next request. */
function app(): NonNullable<typeof answering> {
  answering ??= makeApp().catch((error: unknown) => {
    answering = undefined;
    throw error;
  });
  return answering;
}

async function makeApp(): Promise<(request: Request) => Response | Promise<Response>> {
  const { signing, sourceBucket, maxBodyBytes } = environment;
  const signer = await makeSigner();
  const made = createApp({
    ...stores,
    signer,
    authorizer: new EdgeAuthorizer(),
    log: observation.log,
    config: {
      bucket: sourceBucket,
      headMaxAgeMs: HEAD_MAX_AGE_MS,
      maxBodyBytes,
      signsRedirects: signing.kind === 'cloudfront',
      ...readers,
    },
  });
  const linkOrigin = signing.kind === 's3' ? await originOf(signer) : undefined;
  addWebPage(made, webFiles(), {
    builtAtMs: stores.clock.now(),
    ...(linkOrigin === undefined ? {} : { linkOrigin }),
  });
  return (request) => made.fetch(request);
}

async function makeSigner(): Promise<Signer> {
  const { signing, linkSeconds, mediaBucket } = environment;
  const { clock } = stores;
  const times = {
    lifeSeconds: linkSeconds,
    floorSeconds: Math.max(1, Math.min(LINK_FLOOR_SECONDS, Math.floor(linkSeconds / 4))),
  };
  switch (signing.kind) {
    case 's3':
      return new S3Signer({ client: s3, bucket: mediaBucket, clock, ...times });
    case 'cloudfront': {
      const { keyPairId, privateKeySecretArn } = signing;
      const privateKeyPem = await readSecret(makeSecretsClient(), privateKeySecretArn);
      return new CloudFrontSigner({ keyPairId, privateKeyPem, clock, ...times });
    }
  }
}

/** Where the signer's links lead, as it finds the bucket's address by itself. */
async function originOf(signer: Signer): Promise<string> {
  return new URL((await signer.sign({ key: 'd/' })).url).origin;
}

function webFiles(): WebFiles {
  if (typeof CUEPOINT_WEB_PAGE === 'undefined') return {};
  const text = brotliDecompressSync(Buffer.from(CUEPOINT_WEB_PAGE, 'base64')).toString('utf8');
  const files: Readonly<Record<string, WebFile>> = JSON.parse(text);
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, async () => file]));
}

app().catch((error: unknown) => observation.log.error('start_failed', { error }));

const answer = functionUrlHandler({
  fetch: async (request) => (await app())(request),
  sharedHeaders: (request) => sharedHeaders(readers, request),
  observation,
});

export const handler = (event: FunctionUrlEvent, invocation: Invocation): Promise<FunctionUrlResult> =>
  answer(event, invocation);
