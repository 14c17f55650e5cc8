import { type JoinOptions, joinChunks, joinToStream } from '../../web/join.ts';
import { ChunkHost, type ChunkHostOptions } from './chunk-host.ts';

const SOURCE = Uint8Array.from({ length: 100 }, (_, i) => i);

const hostOf = (location: ChunkHostOptions['location']): ChunkHost =>
  new ChunkHost({ source: SOURCE, cuts: [30, 60], location });

describe('joinToStream', () => {
  it('gives the same bytes', async () => {
    const host = hostOf('windows');
    const stream = joinToStream(host.planUrl(3, 97), { fetch: host.fetch });
    expect(new Uint8Array(await new Response(stream).arrayBuffer())).toEqual(SOURCE.slice(3, 97));
  });

  it('fetches nothing before it is read, and no chunk before its bytes are wanted', async () => {
    const host = hostOf('objects');
    const stream = joinToStream(host.planUrl(0, 100), { fetch: host.fetch });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(host.requests).toEqual([]);
    const reader = stream.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(host.requests).toHaveLength(2);
    await reader.cancel();
    expect(host.openBodies).toBe(0);
  });

  it('stops a request that is under way when it is cancelled', async () => {
    let signal: AbortSignal | null | undefined;
    const fetch: NonNullable<JoinOptions['fetch']> = (_url, init) => {
      signal = init.signal;
      return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal?.reason)));
    };
    const reader = joinToStream('https://host.test/p', { fetch }).getReader();
    const read = reader.read();
    await new Promise((resolve) => setTimeout(resolve));
    await reader.cancel();
    expect(signal?.aborted).toBe(true);
    expect(await read).toMatchObject({ done: true });
  });

  it('errors as joinChunks does', async () => {
    const host = hostOf('objects');
    host.failNext(() => new Response(SOURCE.slice(0, 29)));
    const stream = joinToStream(host.planUrl(0, 100), { fetch: host.fetch });
    await expect(new Response(stream).arrayBuffer()).rejects.toMatchObject({ code: 'wrong_bytes' });
  });
});

describe('stopping', () => {
  it('throws the reason of the signal and leaves no connection', async () => {
    const host = hostOf('objects');
    const stop = new AbortController();
    const parts = joinChunks(host.planUrl(0, 100), { fetch: host.fetch, signal: stop.signal });
    await parts.next();
    stop.abort(new Error('enough'));
    await expect(parts.next()).rejects.toThrow('enough');
    expect(host.requests).toHaveLength(2);
    expect((await parts.next()).done).toBe(true);
  });

  it('does not wait for a retry that nobody wants any more', async () => {
    const host = hostOf('objects');
    host.failNext(() => new Response('busy', { status: 503 }));
    const stop = new AbortController();
    const parts = joinChunks(host.planUrl(0, 100), { fetch: host.fetch, signal: stop.signal, backoffMs: 60_000 });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(parts.next()).rejects.toThrow('enough');
  });

  it('closes the connection when the loop is left', async () => {
    const host = hostOf('objects');
    for await (const part of joinChunks(host.planUrl(0, 100), { fetch: host.fetch })) {
      expect(part).toEqual(SOURCE.slice(0, 7));
      expect(host.openBodies).toBe(1);
      break;
    }
    expect(host.openBodies).toBe(0);
  });
});
