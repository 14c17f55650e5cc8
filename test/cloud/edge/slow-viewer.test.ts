import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { BUCKET, testEdge, testOrigin } from './edge-fixture.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Resolves when there is room again, and when nobody reads any more. */
async function drainedOrClosed(reply: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(reply, 'drain', { signal }), once(reply, 'close', { signal })]).catch(() => {});
  waiting.abort();
}

describe('bodies', () => {
  test('a slow viewer slows the origin down: what is not kept is not gathered', async () => {
    const PIECE = Buffer.alloc(64 * 1024);
    const PIECES = 1000;
    let written = 0;
    const origin = await testOrigin(async (_, reply) => {
      reply.writeHead(200, { 'content-length': PIECE.byteLength * PIECES, 'cache-control': 'max-age=60' });
      for (; written < PIECES && !reply.destroyed; written++) {
        if (!reply.write(PIECE)) await drainedOrClosed(reply);
      }
      reply.end();
    });
    const edge = await testEdge({ servers: { [BUCKET]: origin } });
    open.push(origin, edge);
    const leaving = new AbortController();
    const answer = await fetch(`${edge.url}/big`, { signal: leaving.signal });
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(answer.status).toBe(200);
    expect(written).toBeLessThan(PIECES);
    leaving.abort();
  });
});
