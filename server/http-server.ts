import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Service } from '../lambdas/api/app.ts';
import type { Answer, HttpRequest } from '../lambdas/api/http-answer.ts';
import { Pace } from './pace.ts';
import { sendAnswer } from './send-answer.ts';

export type HttpServerOptions = {
  /** Asked for each request: links need the server's address, so the service comes after the server. */
  readonly service: () => Service | undefined;
  /** For requests without a Host field, which HTTP/1.0 has. */
  readonly hostname: string;
  /** For each answer with bytes of audio. @default - as fast as the client takes it */
  readonly maxBytesPerSecond?: number | undefined;
};

const UNLIMITED = Number.POSITIVE_INFINITY;

/** The API on node:http. The addresses of audio are sent without a web Response; the same use case decides them. */
export function createHttpServer({ service, hostname, maxBytesPerSecond }: HttpServerOptions): Server {
  const unready = new Response(null, { status: 503, headers: { 'Retry-After': '1' } });
  const listener = getRequestListener((request, env) => service()?.app.fetch(request, env) ?? unready.clone(), {
    hostname,
  });
  const addresses = new Addresses(hostname);
  return createServer((incoming, outgoing) => {
    const url = addresses.urlOf(incoming);
    const answer = url && service()?.bytes(requestOf(incoming, url), url);
    if (answer) answerDirectly(outgoing, answer);
    else listener(incoming, outgoing);
  });

  async function answerDirectly(outgoing: ServerResponse, answer: Promise<Answer>): Promise<void> {
    const sent = await answer;
    const bytesPerSecond = Math.min(maxBytesPerSecond ?? UNLIMITED, sent.maxBytesPerSecond ?? UNLIMITED);
    sendAnswer(outgoing, sent, bytesPerSecond === UNLIMITED ? undefined : new Pace(bytesPerSecond));
  }
}

/** The addresses of requests. A player asks for the same one again and again, which is then not parsed anew. */
class Addresses {
  readonly #hostname: string;
  #latest: { readonly text: string; readonly url: URL } | undefined;

  constructor(hostname: string) {
    this.#hostname = hostname;
  }

  /** `undefined`: there is no making sense of its address, which is the listener's to say. */
  urlOf(incoming: IncomingMessage): URL | undefined {
    const { url = '/', headers } = incoming;
    // RFC 9112 section 3.2: an origin, or as proxies write it, an absolute address.
    const text = url.startsWith('/') ? `http://${headers.host ?? this.#hostname}${url}` : url;
    if (this.#latest?.text !== text) {
      if (!URL.canParse(text)) return undefined;
      this.#latest = { text, url: new URL(text) };
    }
    const parsed = this.#latest.url;
    // What the URL standard reads as a slash, the listener would refuse.
    if (url.includes('\\')) incoming.url = parsed.pathname + parsed.search;
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
