import { createServer } from 'node:net';

/** Throws with words unless something may listen on this port of 127.0.0.1. */
export async function checkPortIsFree(port: number, purpose: string, option: string): Promise<void> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  if (failure === undefined) return;
  const why = failure.code === 'EADDRINUSE' ? 'another process listens there' : failure.message;
  throw new Error(`port ${port} of 127.0.0.1, meant for ${purpose}, is not free (${why}): name another with ${option}`);
}
