/** Origins that serve bytes by the book, and some that do not. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

export type FileOptions = {
  /** @default 'public, max-age=31536000, immutable' */
  readonly cacheControl?: string | undefined;
  /** @default - the hash of the bytes */
  readonly etag?: string | undefined;
  /** Without Content-Length. */
  readonly chunked?: boolean;
  readonly ignoresRange?: boolean;
  /** Against RFC 9110 section 13.1.5, as some servers do. */
  readonly ignoresIfRange?: boolean;
};

export function etagOf(bytes: Uint8Array): string {
  return `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
}

/** `content` is asked anew for each request. Ranges: one, of GET; If-None-Match and If-Range by ETag. */
export function fileOrigin(content: () => Uint8Array, options: FileOptions = {}): RequestListener {
  return (message, reply) => {
    const bytes = content();
    const etag = options.etag ?? etagOf(bytes);
    reply.setHeader('cache-control', options.cacheControl ?? 'public, max-age=31536000, immutable');
    reply.setHeader('accept-ranges', 'bytes');
    reply.setHeader('content-type', 'audio/mpeg');
    reply.setHeader('etag', etag);
    if (message.headers['if-none-match'] === etag) {
      reply.writeHead(304).end();
      return;
    }
    const range = options.ignoresRange
      ? undefined
      : rangeOf(message, bytes.byteLength, options.ignoresIfRange ? undefined : etag);
    if (range === 'unsatisfiable') {
      reply.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}`, 'content-length': 0 }).end();
      return;
    }
    const [start, end] = range ?? [0, bytes.byteLength];
    if (range !== undefined) reply.setHeader('content-range', `bytes ${start}-${end - 1}/${bytes.byteLength}`);
    send(reply, message, range === undefined ? 200 : 206, bytes.subarray(start, end), options.chunked === true);
  };
}

function send(reply: ServerResponse, message: IncomingMessage, status: number, body: Uint8Array, chunked: boolean) {
  if (!chunked) reply.setHeader('content-length', body.byteLength);
  reply.writeHead(status);
  reply.end(message.method === 'HEAD' ? undefined : body);
}

function rangeOf({ headers, method }: IncomingMessage, length: number, etag: string | undefined) {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (method !== 'GET' || first + last === '') return undefined;
  if (etag !== undefined && headers['if-range'] !== undefined && headers['if-range'] !== etag) return undefined;
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === '' || last === '' ? length : Math.min(length, Number(last) + 1);
  return start >= end ? 'unsatisfiable' : ([start, end] as const);
}

/** Bytes that tell their place: no run of them comes twice. */
export function distinctBytes(byteLength: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let index = 0; index < byteLength; index++) {
    bytes[index] = (Math.imul(index + salt * 7919 + 1, 2_654_435_761) >>> 13) & 0xff;
  }
  return bytes;
}
