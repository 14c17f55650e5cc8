import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ProxiedRequest = {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Latin-1. */
  readonly body: string;
};

export type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** What is done in the place of passing a request and its answer on. */
export type Fault =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The engine gets the request; its answer does not come back, and the connection breaks. */
  | { readonly kind: 'forward_and_cut' }
  /** The connection breaks after that many bytes of the answer's body. */
  | { readonly kind: 'cut_body'; readonly afterBytes: number }
  /** The connection breaks at once. */
  | { readonly kind: 'refuse' };

export type EngineProxy = { readonly url: string; readonly requests: ProxiedRequest[]; close(): Promise<void> };

export function answering(answer: Answer): Fault {
  return { kind: 'answer', answer };
}

/**
 * Passes requests on to an engine, unchanged, but for those that `faultOf` says otherwise of. Requests keep the proxy's Host
 * header, which is what their signature is about.
 */
export async function startProxy(
  engineUrl: string,
  faultOf: (request: ProxiedRequest) => Fault | undefined,
): Promise<EngineProxy> {
  const engine = new URL(engineUrl);
  const requests: ProxiedRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = incoming;
    const proxied = { method, url, headers, body: body.toString('latin1') };
    requests.push(proxied);
    const fault = faultOf(proxied);
    switch (fault?.kind) {
      case 'refuse':
        return outgoing.destroy();
      case 'answer':
        return outgoing.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body);
      case 'forward_and_cut':
      case 'cut_body':
      case undefined: {
        const answered = await forward(engine, proxied, body);
        if (fault?.kind === 'forward_and_cut') {
          answered.resume();
          await new Promise((ended) => answered.once('end', ended));
          return outgoing.destroy();
        }
        outgoing.writeHead(answered.statusCode ?? 500, answered.rawHeaders);
        return pass(answered, outgoing, fault?.afterBytes ?? Number.POSITIVE_INFINITY);
      }
    }
  };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function forward({ hostname, port }: URL, proxied: ProxiedRequest, body: Buffer): Promise<IncomingMessage> {
  const { method, url: path, headers } = proxied;
  return new Promise((answered, failed) => {
    request({ hostname, port, method, path, headers }, answered).once('error', failed).end(body);
  });
}

/** Up to `limitBytes` of the body, then breaks the connection. */
async function pass(answered: IncomingMessage, outgoing: ServerResponse, limitBytes: number): Promise<void> {
  let passed = 0;
  for await (const chunk of answered) {
    const part = (chunk as Buffer).subarray(0, limitBytes - passed);
    passed += part.length;
    const isTaken = outgoing.write(part);
    if (passed >= limitBytes) {
      // Given away first: what is still in the buffer of a destroyed connection never leaves it.
      await new Promise((written) => outgoing.write('', written));
      outgoing.destroy();
      return;
    }
    if (!isTaken) await drainedOrClosed(outgoing);
    if (outgoing.destroyed) return;
  }
  outgoing.end();
}

function drainedOrClosed(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      outgoing.off('drain', settle).off('close', settle);
      resolve();
    };
    outgoing.on('drain', settle).on('close', settle);
  });
}
