import { createServer } from 'node:net';

const FIRST = 18_100;
const PORTS = 900;

let next = process.pid * 37;

/** A free port of 127.0.0.1 below those that outgoing connections take, for servers that cannot say which they were given. */
export async function freePort(): Promise<number> {
  // Processes that look at the same time begin at different places, and each goes on from where it was.
  for (let attempt = 0; attempt < PORTS; attempt++) {
    const port = FIRST + (next++ % PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + PORTS - 1} is free`);
}
