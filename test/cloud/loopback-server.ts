/** HTTP servers on 127.0.0.1, on ports below those that the system hands out to clients (32768 on Linux). */
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const FIRST_PORT = 21_000;
const LAST_PORT = 31_999;
const ATTEMPTS = 50;
/** As long as AWS's: a client that was frozen for a while finds its connection alive. */
const KEEP_ALIVE_MS = 65_000;

export type LoopbackServer = {
  readonly port: number;
  /** For example `http://127.0.0.1:21007`. */
  readonly origin: string;
  /** Ends open connections too. */
  close(): Promise<void>;
};

/** `port` 0: one that is free. Throws when the port asked for is taken. */
export async function serveOnLoopback(listener: RequestListener, port = 0): Promise<LoopbackServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, listener);
  const bound = await listen(server, port);
  return {
    port: bound,
    origin: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await tryToListen(server, somePort());
    if (port === undefined) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no free port was found between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts`);
}

async function listen(server: Server, port: number): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const bound = await tryToListen(server, port === 0 ? somePort() : port);
    if (bound !== undefined) return bound;
    if (port !== 0) throw new Error(`port ${port} on 127.0.0.1 is taken; choose another`);
  }
  throw new Error(`no free port was found between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts`);
}

function somePort(): number {
  return FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
}

/** `undefined`: the port is taken. */
function tryToListen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    };
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      resolve(boundPort(server.address()));
    });
  });
}

function boundPort(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
