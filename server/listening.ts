import type { Server } from 'node:http';
import { HmacSigner } from '../lambdas/adapters/embedded/hmac-signer.ts';
import { PublicAuthorizer } from '../lambdas/adapters/embedded/public-authorizer.ts';
import { createService, type Service } from '../lambdas/api/app.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import type { Log } from '../lambdas/core/ports.ts';
import type { EmbeddedStores } from './embedded-stores.ts';
import { createHttpServer } from './http-server.ts';
import { addWebPage } from './web-page.ts';

export type ListenOptions = {
  readonly port: number;
  readonly host: string;
  /** How clients reach the host, when not by the address it listens on. No trailing slash. */
  readonly publicUrl?: string;
  /** For each answer with bytes of audio. @default - as fast as the client takes it */
  readonly maxBytesPerSecond?: number;
  /** The origins whose pages may read answers. @default - any */
  readonly allowedOrigins?: readonly string[];
  readonly log: Log;
};

/** `close` lets running requests end for a while. */
export type Listener = { readonly url: string; close(): Promise<void> };

/** A moment that nobody notices, in which a busy host answers hundreds of requests for one track. */
const HEAD_MAX_AGE_MS = 20;

/** How long a stop waits for running requests. */
export const SHUTDOWN_GRACE_MS = 1500;

/** Answers HTTP from the stores. Throws `unavailable` when the port is taken. */
export async function listen(stores: EmbeddedStores, options: ListenOptions): Promise<Listener> {
  const { port, host, publicUrl, allowedOrigins, maxBytesPerSecond, log } = options;
  // Signed links are made by the app and need its address, which is known once a free port has been given.
  let service: Service | undefined;
  const server = createHttpServer({ service: () => service, hostname: host, maxBytesPerSecond, log });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new CuepointError('unavailable', `port ${port} of ${host} is taken; choose another with --port`, { cause })
          : cause,
      );
    });
    server.listen(port, host, resolve);
  });
  server.removeAllListeners('error').on('error', (error) => log.error('server_failed', { error }));
  const { clock, signingSecret } = stores;
  if (publicUrl === undefined && isWildcard(host)) log.warn('links_name_localhost', { remedy: 'pass --public-url' });
  const signer = new HmacSigner({ secret: signingSecret, baseUrl: publicUrl ?? urlOf(server, host), clock });
  const made = createService({
    ...stores,
    log,
    signer,
    authorizer: new PublicAuthorizer(signer),
    config: { bucket: stores.config.bucket, headMaxAgeMs: HEAD_MAX_AGE_MS, ...(allowedOrigins && { allowedOrigins }) },
  });
  addWebPage(made.app);
  service = made;
  return { url: urlOf(server, host), close: () => closeServer(server) };
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const name = isWildcard(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Lets running requests end for a while, then cuts them. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), SHUTDOWN_GRACE_MS);
  await closed;
  clearTimeout(cut);
}
