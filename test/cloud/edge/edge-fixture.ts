/** Edges for tests: a distribution of a few lines, before real HTTP servers. */
import { type IncomingMessage, type RequestListener, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import { serveOnLoopback } from '../loopback-server.ts';
import type { PlainProperties } from '../plain-values.ts';
import type { EdgeOrigins, EdgeResource } from './ports.ts';
import { type Edge, startEdge } from './start-edge.ts';

export type SeenRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
};

export type TestOrigin = {
  readonly origin: string;
  /** What it was asked, in order. */
  readonly seen: SeenRequest[];
  close(): Promise<void>;
};

export async function testOrigin(listener: RequestListener): Promise<TestOrigin> {
  const seen: SeenRequest[] = [];
  const server = await serveOnLoopback((message, reply) => {
    seen.push({ method: message.method ?? '', url: message.url ?? '', headers: message.headers });
    listener(message, reply);
  });
  return { origin: server.origin, seen, close: server.close };
}

/** S3 origins and function URLs by their domain, each an HTTP server; unknown domains cannot be reached. */
export function originsAt(servers: Readonly<Record<string, TestOrigin>>): EdgeOrigins {
  const at = (domain: string) => {
    const server = servers[domain];
    if (server === undefined) throw new Error(`connect ECONNREFUSED ${domain}`);
    return server.origin;
  };
  return {
    s3: (domain) => ({
      get: (method, key, headers) =>
        forwarded(`${at(domain)}/${key.split('/').map(encodeURIComponent).join('/')}`, method, headers),
    }),
    functionUrl: (domain) => (request) => {
      const { pathname, search } = new URL(request.url);
      return forwarded(`${at(domain)}${pathname}${search}`, request.method, request.headers);
    },
  };
}

function forwarded(url: string, method: string, headers: Headers): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = sendRequest(url, { method, headers: Object.fromEntries(headers) }, (incoming) =>
      resolve(responseOf(incoming, method)),
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function responseOf(incoming: IncomingMessage, method: string): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  const status = incoming.statusCode ?? 502;
  if (method === 'HEAD' || status === 204 || status === 304) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  const body: ReadableStream<Uint8Array> = Readable.toWeb(incoming, { type: 'bytes' });
  return new Response(body, { status, headers });
}

export const BUCKET = 'media.s3.eu-central-1.amazonaws.com';
export const API = 'abcdef.lambda-url.eu-central-1.on.aws';

export const BUCKET_ORIGIN: PlainProperties = { Id: 'bucket', DomainName: BUCKET, S3OriginConfig: {} };
export const API_ORIGIN: PlainProperties = {
  Id: 'api',
  DomainName: API,
  CustomOriginConfig: { OriginProtocolPolicy: 'https-only' },
};

/** Bucket first, and the api for what is not in it. */
export const GROUP: PlainProperties = {
  Id: 'group',
  Members: { Quantity: 2, Items: [{ OriginId: 'bucket' }, { OriginId: 'api' }] },
  FailoverCriteria: { StatusCodes: { Quantity: 2, Items: [403, 404] } },
};

/** A cache policy as a template has it; `changes` lie over a policy that keeps what the origin says. */
export function cachePolicy(
  changes: { ttls?: [min: number, normal: number, max: number]; parameters?: PlainProperties } = {},
): EdgeResource {
  const [MinTTL, DefaultTTL, MaxTTL] = changes.ttls ?? [0, 0, 31_536_000];
  return {
    type: 'AWS::CloudFront::CachePolicy',
    physicalId: 'cache-policy',
    properties: {
      CachePolicyConfig: {
        Name: 'test',
        MinTTL,
        DefaultTTL,
        MaxTTL,
        ParametersInCacheKeyAndForwardedToOrigin: {
          QueryStringsConfig: { QueryStringBehavior: 'none' },
          HeadersConfig: { HeaderBehavior: 'none' },
          CookiesConfig: { CookieBehavior: 'none' },
          EnableAcceptEncodingGzip: false,
          ...changes.parameters,
        },
      },
    },
  };
}

export type TestEdgeOptions = {
  readonly servers: Readonly<Record<string, TestOrigin>>;
  /** Over a default behaviour of the bucket. */
  readonly behaviour?: PlainProperties;
  readonly behaviours?: readonly PlainProperties[];
  /** Over the rest of the distribution. */
  readonly config?: PlainProperties;
  readonly policy?: EdgeResource;
  readonly resources?: readonly EdgeResource[];
  readonly seed?: number;
};

export function testEdge(options: TestEdgeOptions): Promise<Edge> {
  const resources = [options.policy ?? cachePolicy(), ...(options.resources ?? [])];
  return startEdge({
    distribution: {
      DistributionConfig: {
        Enabled: true,
        Origins: [BUCKET_ORIGIN, API_ORIGIN],
        OriginGroups: { Quantity: 1, Items: [GROUP] },
        DefaultCacheBehavior: testBehaviour(options.behaviour),
        CacheBehaviors: options.behaviours ?? [],
        ...options.config,
      },
    },
    resources: new Map(resources.map((resource) => [resource.physicalId, resource])),
    origins: originsAt(options.servers),
    port: 0,
    ...(options.seed !== undefined && { adversarial: { seed: options.seed } }),
  });
}

export function testBehaviour(changes: PlainProperties = {}): PlainProperties {
  return {
    TargetOriginId: 'bucket',
    ViewerProtocolPolicy: 'redirect-to-https',
    AllowedMethods: ['GET', 'HEAD', 'OPTIONS'],
    Compress: false,
    CachePolicyId: 'cache-policy',
    ...changes,
  };
}
