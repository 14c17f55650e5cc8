import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Service } from '../lambdas/api/app.ts';
import type { Answer, HttpRequest, Outcome } from '../lambdas/api/http-answer.ts';
import type { Log } from '../lambdas/core/ports.ts';
import { Pace } from './pace.ts';
import { hasSeveralHosts, isHost, refusal, refusalOf, refusedBytes, sendRefusal } from './refusals.ts';
import { sendAnswer } from './send-answer.ts';

export type HttpServerOptions = {
  /** Asked for each request: links need the server's address, so the service comes after the server. */
  readonly service: () => Service | undefined;
  /** For requests without a Host field, which HTTP/1.0 has. */
  readonly hostname: string;
  /** For each answer with bytes of audio. @default - as fast as the client takes it */
  readonly maxBytesPerSecond?: number | undefined;
  readonly log: Log;
};

const UNLIMITED = Number.POSITIVE_INFINITY;

/**
 * The API on node:http. The addresses of audio are sent without a web Response; the same use case decides them. What is no
 * request to either is refused here.
 */
export function createHttpServer(options: HttpServerOptions): Server {
  const { service, hostname, log } = options;
  const notFound = () => new Response(null, { status: 404 });
  const listener = getRequestListener((request, env) => service()?.app.fetch(request, env) ?? notFound(), { hostname });
  const addresses = new Addresses(hostname);
  const latest = new WeakMap<Duplex, ServerResponse>();
  const server = createServer((incoming, outgoing) => {
    latest.set(incoming.socket, outgoing);
    const url = addresses.urlOf(incoming);
    const refused = refusalFor(incoming, url, service());
    if (refused) {
      sendAnswer(outgoing, logged(refused, incoming.method, log));
      return;
    }
    const answer = url && service()?.bytes(requestOf(incoming, url), url);
    if (answer) answerDirectly(outgoing, answer, options);
    else listener(incoming, outgoing);
  });
  const refuse = (socket: Duplex, refused: Answer | undefined, method?: string): void => {
    // What came before on this connection is being answered: nothing may be written into the middle of that.
    const isFree = latest.get(socket)?.writableFinished ?? true;
    if (refused === undefined || !isFree || !socket.writable) {
      socket.destroy();
      return;
    }
    log.info('request', { method, status: refused.status, bytesSent: refusedBytes(refused) });
    sendRefusal(socket, refused);
  };
  server.on('clientError', (error, socket) => refuse(socket, refusalOf(error)));
  // RFC 9110 section 9.3.6: for proxies, which this is not.
  server.on('connect', ({ method }, socket) => {
    refuse(socket, refusal(501, 'this server opens no tunnels; use GET or HEAD'), method);
  });
  return server;
}

async function answerDirectly(
  outgoing: ServerResponse,
  answer: Promise<Answer>,
  { maxBytesPerSecond }: HttpServerOptions,
): Promise<void> {
  const sent = await answer;
  const bytesPerSecond = Math.min(maxBytesPerSecond ?? UNLIMITED, sent.maxBytesPerSecond ?? UNLIMITED);
  sendAnswer(outgoing, sent, bytesPerSecond === UNLIMITED ? undefined : new Pace(bytesPerSecond));
}

function refusalFor(incoming: IncomingMessage, url: URL | undefined, service: Service | undefined): Answer | undefined {
  if (hasSeveralHosts(incoming)) {
    return refusal(400, 'the request has more than one Host field; send one (RFC 9112 section 3.2)');
  }
  // RFC 9110 section 9.3.7: about the server as a whole.
  if (incoming.method === 'OPTIONS' && incoming.url === '*') {
    return { status: 204, headers: { Allow: 'GET, HEAD, POST, OPTIONS' }, body: null };
  }
  if (url === undefined)
    return refusal(400, 'the address or the Host field is not one; send a path that begins with /');
  if (service === undefined) return refusal(503, 'the server is starting; try again', { 'Retry-After': '1' });
  return undefined;
}

/** With the line that every request has, as far as it was one. */
function logged(refused: Answer, method: string | undefined, log: Log): Answer {
  const onEnd = (outcome: Outcome): void => log.info('request', { method, status: refused.status, ...outcome });
  return { ...refused, body: method === 'HEAD' ? null : refused.body, onEnd };
}

/** The addresses of requests. A player asks for the same one again and again, which is then not parsed anew. */
class Addresses {
  readonly #hostname: string;
  #latest: { readonly target: string; readonly host: string; readonly url: URL } | undefined;

  constructor(hostname: string) {
    this.#hostname = hostname;
  }

  /** `undefined`: there is no making sense of its address. To be left as it is: the next request may get the same one. */
  urlOf(incoming: IncomingMessage): URL | undefined {
    const { url: target = '/', headers } = incoming;
    const { host = '' } = headers;
    if (this.#latest?.target !== target || this.#latest.host !== host) {
      // What is no host would move the path.
      if (!isHost(host)) return undefined;
      // RFC 9112 section 3.2: an origin, or as proxies write it, an absolute address.
      const text = target.startsWith('/') ? `http://${host || this.#hostname}${target}` : target;
      if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
      this.#latest = { target, host, url: new URL(text) };
    }
    const parsed = this.#latest.url;
    // What the URL standard reads as a slash, the listener would refuse.
    if (target.includes('\\')) incoming.url = parsed.pathname + parsed.search;
    return parsed;
  }
}

function requestOf({ method = 'GET', headers }: IncomingMessage, url: URL): HttpRequest {
  return {
    method,
    url: url.href,
    headers: {
      get(name) {
        const value = headers[name] ?? headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      },
    },
  };
}
