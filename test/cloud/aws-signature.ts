/**
 * Signature Version 4 in the Authorization header.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac } from 'node:crypto';
import { REGION } from './physical-names.ts';

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type RequestToSign = {
  readonly method: string;
  /** Path and query are sent as they are written here: encoded, and encoded once. */
  readonly url: URL;
  /** Headers to be sent; all of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  /** @default - the body is not part of the signature */
  readonly body?: string;
  readonly service: 's3' | 'sns';
};

/** Gives the headers to send, those given included; their names are in lower case. */
export function signedHeaders(request: RequestToSign, credentials: Credentials, nowMs: number): Record<string, string> {
  const timestamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${timestamp.slice(0, 8)}/${REGION}/${request.service}/aws4_request`;
  const payloadHash = request.body === undefined ? 'UNSIGNED-PAYLOAD' : sha256(request.body);
  const given = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value.trim()] as const);
  const headers: Record<string, string> = {
    ...Object.fromEntries(given),
    host: request.url.host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': timestamp,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.url.pathname,
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    payloadHash,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', timestamp, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<string | Buffer>((above, part) => hmac(above, part), `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, toSign).toString('hex');
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
