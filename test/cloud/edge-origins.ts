/** What is behind the edge: buckets and function URLs, and who lets CloudFront in. */
import { type IncomingMessage, request as sendRequest } from 'node:http';
import { Readable } from 'node:stream';
import { xml } from './aws-refusals.ts';
import { type Credentials, signedHeaders } from './aws-signature.ts';
import type { EdgeOrigins, FunctionUrlOrigin, S3Origin } from './edge/ports.ts';
import type { FunctionHost } from './function-host.ts';
import { functionUrl } from './function-url.ts';
import { functionPermissions, resourcePolicy } from './iam.ts';
import { ACCOUNT_ID } from './physical-names.ts';
import { isAllowed, type Statement } from './policy-statements.ts';
import type { ResolvedResource, Template } from './template.ts';

const CLOUDFRONT = 'Service:cloudfront.amazonaws.com';

export type OriginsOptions = {
  readonly template: Template;
  readonly distribution: ResolvedResource;
  readonly s3: Credentials & { readonly endpoint: string };
  /** By ARN. */
  readonly host: (functionArn: string) => FunctionHost;
};

export function edgeOrigins(options: OriginsOptions): EdgeOrigins {
  const s3 = new Map<string, S3Origin>();
  const functionUrls = new Map<string, FunctionUrlOrigin>();
  for (const bucket of options.template.ofType('AWS::S3::Bucket')) {
    s3.set(bucket.attribute('RegionalDomainName'), new BucketOrigin(options, bucket));
  }
  for (const url of options.template.ofType('AWS::Lambda::Url')) {
    functionUrls.set(new URL(url.attribute('FunctionUrl')).hostname, functionUrlOrigin(options, url));
  }
  return {
    s3: (domain) => known(s3, domain, 'bucket'),
    functionUrl: (domain) => known(functionUrls, domain, 'function URL'),
  };
}

function known<T>(origins: ReadonlyMap<string, T>, domain: string, kind: string): T {
  const found = origins.get(domain);
  if (found === undefined) {
    throw new Error(`no ${kind} of the template is at ${domain}; there are: ${[...origins.keys()].join(', ')}`);
  }
  return found;
}

function sourceArn({ physicalId }: ResolvedResource): string {
  return `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/${physicalId}`;
}

/** Without an origin access control CloudFront signs nothing, and comes as anybody. */
function accessControl({ distribution, template }: OriginsOptions, domain: string): ResolvedResource | undefined {
  const origins = distribution.properties.object('DistributionConfig').objects('Origins');
  const id = origins.find((origin) => origin.text('DomainName') === domain)?.textOr('OriginAccessControlId', undefined);
  return id === undefined || id === '' ? undefined : template.find(id, 'AWS::CloudFront::OriginAccessControl');
}

class BucketOrigin implements S3Origin {
  readonly #options: OriginsOptions;
  readonly #bucket: string;
  readonly #arn: string;
  readonly #policy: readonly Statement[];
  readonly #principal: string | undefined;

  constructor(options: OriginsOptions, bucket: ResolvedResource) {
    this.#options = options;
    this.#bucket = bucket.physicalId;
    this.#arn = bucket.attribute('Arn');
    this.#policy = resourcePolicy(options.template, bucket.physicalId);
    const control = accessControl(options, bucket.attribute('RegionalDomainName'));
    this.#principal = control === undefined ? undefined : CLOUDFRONT;
  }

  async get(method: 'GET' | 'HEAD' | 'OPTIONS', key: string, headers: Headers): Promise<Response> {
    if (method !== 'OPTIONS' && !this.#allows('s3:GetObject', `${this.#arn}/${key}`)) return denied(method);
    // S3 takes a key for a name, and has none with these; HTTP clients like this one's take them for a way up.
    if (key.split('/').some((segment) => segment === '.' || segment === '..')) return denied(method);
    const response = await this.#ask(method, key, headers);
    const hides = response.statusCode === 404 && !this.#allows('s3:ListBucket', this.#arn);
    if (!hides) return toResponse(response, method);
    response.resume();
    return denied(method);
  }

  #allows(action: string, resource: string): boolean {
    const context = {
      'aws:SourceArn': sourceArn(this.#options.distribution),
      'aws:SourceAccount': ACCOUNT_ID,
      'aws:SecureTransport': 'true',
    };
    const principal = this.#principal === undefined ? {} : { principal: this.#principal };
    return isAllowed(this.#policy, { action, resource, context, ...principal });
  }

  #ask(method: string, key: string, headers: Headers): Promise<IncomingMessage> {
    const { s3 } = this.#options;
    const url = new URL(`/${this.#bucket}/${key.split('/').map(encodeSegment).join('/')}`, s3.endpoint);
    const given = Object.fromEntries(headers);
    const sent =
      method === 'OPTIONS' ? given : signedHeaders({ method, url, headers: given, service: 's3' }, s3, Date.now());
    return new Promise((resolve, reject) => {
      const request = sendRequest(url, { method, headers: sent }, resolve);
      request.on('error', reject);
      request.end();
    });
  }
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function denied(method: string): Response {
  const { status, contentType, body } = xml(403, 'AccessDenied', 'Access Denied');
  const headers = { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) };
  return new Response(method === 'HEAD' ? null : body, { status, headers });
}

const BODILESS = new Set([204, 304]);

function toResponse(response: IncomingMessage, method: string): Response {
  const status = response.statusCode ?? 502;
  const headers = new Headers();
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? '';
    if (!/^(connection|keep-alive)$/i.test(name)) headers.append(name, response.rawHeaders[index + 1] ?? '');
  }
  if (method === 'HEAD' || BODILESS.has(status)) {
    response.resume();
    return new Response(null, { status, headers });
  }
  const body: ReadableStream<Uint8Array> = Readable.toWeb(response, { type: 'bytes' });
  return new Response(body, { status, headers });
}

/** Since October 2025 a function URL asks for two permissions of whoever comes through it. */
function functionUrlOrigin(options: OriginsOptions, url: ResolvedResource): FunctionUrlOrigin {
  const { properties, logicalId } = url;
  const mode = properties.textOr('InvokeMode', 'BUFFERED');
  if (mode !== 'BUFFERED') throw new Error(`${logicalId} has the invoke mode ${mode}; the local cloud knows BUFFERED`);
  if (properties.objectOr('Cors', undefined) !== undefined) throw new Error(`${logicalId} has Cors, not known here`);
  const lambda = options.template.find(properties.text('TargetFunctionArn'), 'AWS::Lambda::Function');
  const domain = new URL(url.attribute('FunctionUrl')).hostname;
  const isOpen = properties.text('AuthType') === 'NONE';
  const permissions = functionPermissions(options.template, lambda);
  const principal = accessControl(options, domain) === undefined ? 'Anonymous' : CLOUDFRONT;
  const context = {
    'aws:SourceArn': sourceArn(options.distribution),
    'lambda:FunctionUrlAuthType': properties.text('AuthType'),
    'lambda:InvokedViaFunctionUrl': 'true',
  };
  const allowed = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'].every((action) =>
    isAllowed(permissions, { action, resource: lambda.attribute('Arn'), principal, context }),
  );
  const answer = functionUrl({ host: options.host(lambda.attribute('Arn')), domain });
  return async (request) => {
    if (allowed || isOpen) return answer(request);
    const body =
      '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see the documentation."}';
    return new Response(body, { status: 403, headers: { 'content-type': 'application/json' } });
  };
}
