/** The edge's own HTTP server, for viewers. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { errorAnswer } from './edge-error.ts';
import type { EdgePipeline } from './edge-pipeline.ts';
import type { EdgeAnswer, EdgeRequest, HeaderField } from './exchange.ts';

/** "The maximum length of this URL is 8192 bytes." */
const MAX_URL_BYTES = 8192;
/** "The maximum length of a request, including the path, the query string, and headers, is 20,480 bytes." */
const MAX_REQUEST_BYTES = 20_480;
/** What is too long is to be answered in words, so Node has to take it first. */
const MAX_HEADER_BYTES = 128 * 1024;

export function viewerServer(pipeline: EdgePipeline): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, (message, reply) => {
    const requestId = randomBytes(21).toString('base64url');
    answerTo(pipeline, message, requestId)
      .then((answer) => write(reply, answer, requestId, message.method ?? 'GET'))
      .catch((cause) => {
        // An answer that has begun cannot be taken back: it is broken off, so that nobody takes it for whole.
        if (reply.headersSent) reply.destroy();
        else void write(reply, errorAnswer(502, `the edge failed: ${String(cause)}`), requestId, 'GET');
      });
  });
  server.keepAliveTimeout = 65_000;
  return server;
}

async function answerTo(pipeline: EdgePipeline, message: IncomingMessage, requestId: string): Promise<EdgeAnswer> {
  message.resume();
  const fields = fieldsOf(message);
  const target = message.url ?? '/';
  const urlBytes = Buffer.byteLength(`https://${message.headers.host ?? ''}${target}`);
  const headerBytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (urlBytes > MAX_URL_BYTES || urlBytes + headerBytes > MAX_REQUEST_BYTES) {
    const answer = errorAnswer(413, `the URL has ${urlBytes} bytes of ${MAX_URL_BYTES}, the headers ${headerBytes}`);
    // "...and then terminates the TCP connection to the viewer."
    answer.headers.set('connection', 'close');
    return answer;
  }
  const request = requestOf(message, target, fields, requestId);
  if (request === undefined) return errorAnswer(400, 'the request line names no path');
  return pipeline.answer(request, hasBody(message));
}

function requestOf(
  message: IncomingMessage,
  target: string,
  fields: readonly HeaderField[],
  requestId: string,
): EdgeRequest | undefined {
  const [host, path] = hostAndPath(target);
  if (path === undefined) return undefined;
  const text = asUtf8(path);
  const mark = text.indexOf('?');
  return {
    method: message.method ?? 'GET',
    path: mark < 0 ? text : text.slice(0, mark),
    query: mark < 0 ? '' : text.slice(mark + 1),
    // RFC 9112 section 3.2.2: "the origin server MUST ignore the received Host header field".
    fields: host === undefined ? fields : [...fields.filter(([name]) => name !== 'host'), ['host', host]],
    clientIp: (message.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    requestId,
  };
}

/** RFC 9112 section 3.2.2: "a server MUST accept the absolute-form in requests". CloudFront's documentation is silent on it. */
function hostAndPath(target: string): readonly [host: string | undefined, path: string | undefined] {
  if (target.startsWith('/')) return [undefined, target];
  const [, host, rest = ''] = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(target) ?? [];
  return host === undefined ? [undefined, undefined] : [host, rest.startsWith('/') ? rest : `/${rest}`];
}

/** "When values are ISO-8859-1 encoded, CloudFront converts the values to UTF-8": Node gives bytes as characters. */
function asUtf8(target: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(target, 'latin1'));
  } catch {
    return target;
  }
}

function fieldsOf({ rawHeaders }: IncomingMessage): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    fields.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  return fields;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

async function write(reply: ServerResponse, answer: EdgeAnswer, requestId: string, method: string): Promise<void> {
  const { headers, body } = answer;
  headers.set('x-cache', xCache(answer));
  headers.set('via', '1.1 local-edge.cloudfront.net (CloudFront)');
  headers.set('x-amz-cf-pop', 'LOOP1-C1');
  headers.set('x-amz-cf-id', requestId);
  reply.writeHead(answer.status, flat(headers));
  if (body === null || method === 'HEAD') {
    reply.end();
    return;
  }
  for await (const piece of body) {
    // The viewer went away: leaving the loop gives up the origin too.
    if (reply.destroyed) return;
    if (!reply.write(piece)) await drained(reply);
  }
  reply.end();
}

/** Resolves when there is room again, and when nobody reads any more. */
function drained(reply: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      reply.off('drain', done);
      reply.off('close', done);
      resolve();
    };
    reply.on('drain', done);
    reply.on('close', done);
    if (reply.destroyed) done();
  });
}

function xCache({ result, status }: EdgeAnswer): string {
  return `${result === 'Miss' && status >= 400 ? 'Error' : result} from cloudfront`;
}

function flat(headers: Headers): string[] {
  return [...headers].flat();
}
