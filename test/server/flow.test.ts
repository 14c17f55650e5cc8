/** How bodies flow: no faster than the client, one part ahead, and no further once it has left. */
import { once } from 'node:events';
import { type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Service } from '../../lambdas/api/app.ts';
import type { Answer, BodyParts } from '../../lambdas/api/http-answer.ts';
import type { Log } from '../../lambdas/core/ports.ts';
import { type Host, type HostOptions, startHost } from '../../server/host.ts';
import { createHttpServer } from '../../server/http-server.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { temporaryFolders } from '../support/embedded-fixture.ts';
import { rawRequest } from '../support/http-client.ts';

const PART_BYTES = 256 * 1024;
const PARTS = 400;

type Source = { reads: number; returned: number; readonly parts: BodyParts };

/** Parts that count how often they were asked for. */
function countingSource(parts = PARTS, fails = false): Source {
  const source: Source = {
    reads: 0,
    returned: 0,
    parts: {
      async next() {
        if (source.reads === parts && fails) throw new Error('the store went away');
        if (source.reads === parts) return { value: undefined, done: true };
        source.reads++;
        return { value: new Uint8Array(PART_BYTES).fill(source.reads), done: false };
      },
      async return() {
        source.returned++;
        return { value: undefined, done: true };
      },
    },
  };
  return source;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let server: Server | undefined;
/** How many answers have told that they ended. */
let ends = 0;

async function serving(source: Source): Promise<string> {
  const headers = { 'Content-Length': String(PARTS * PART_BYTES) };
  ends = 0;
  const onEnd = (): void => void ends++;
  const answer: Answer = { status: 200, headers, body: { parts: source.parts }, onEnd };
  const service = { app: { fetch: () => new Response() }, bytes: async () => answer } as unknown as Service;
  server = createHttpServer({ service: () => service, hostname: '127.0.0.1', log: SILENT });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

const quiet = (source: Source): Promise<void> =>
  new Promise((resolve) => {
    let last = -1;
    const timer = setInterval(() => {
      if (source.reads !== last) {
        last = source.reads;
        return;
      }
      clearInterval(timer);
      resolve();
    }, 200);
  });

/** The line is written when the last byte has left, which its reader may know before the writer. */
async function written(lines: readonly unknown[], count: number): Promise<void> {
  for (let look = 0; lines.length < count && look < 200; look++)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

const opened = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => request(url, resolve).on('error', reject).end());

describe('bodies in parts', () => {
  it('are read no further than a client takes them', async () => {
    const source = countingSource();
    const url = await serving(source);
    const incoming = await opened(url);
    await quiet(source);
    // What sockets hold on both sides, and one part ahead: megabytes, not the hundred of the body.
    expect(source.reads).toBeLessThan(PARTS / 4);
    incoming.destroy();
  });

  it('are not read on when the client has left, and are released', async () => {
    const source = countingSource();
    const url = await serving(source);
    const incoming = await opened(url);
    await once(incoming, 'data');
    incoming.destroy();
    await quiet(source);
    const readsAfterLeaving = source.reads;
    await quiet(source);
    expect([source.reads, source.returned]).toEqual([readsAfterLeaving, 1]);
    expect(source.reads).toBeLessThan(PARTS / 4);
  });

  it('are released as well when they wait behind others on their connection', async () => {
    const source = countingSource();
    const { port } = new URL(await serving(source));
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
    });
    await once(socket, 'readable');
    await quiet(source);
    socket.destroy();
    for (let look = 0; source.returned < 3 && look < 100; look++) await new Promise((done) => setTimeout(done, 20));
    expect([source.returned, ends]).toEqual([3, 3]);
  });

  it('are complete for whom stays', async () => {
    const { body } = await rawRequest(await serving(countingSource()));
    expect(body.length).toBe(PARTS * PART_BYTES);
    expect(body[PART_BYTES * 7]).toBe(8);
  });

  it('break the connection when they fail: the client sees that this is not all', async () => {
    await expect(rawRequest(await serving(countingSource(3, true)))).rejects.toThrow(/aborted|ECONNRESET|hang up/);
  });

  it('are not read for a client that is gone before the answer', async () => {
    const source = countingSource();
    const { port } = new URL(await serving(source));
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      socket.destroy();
    });
    await once(socket, 'close');
    await quiet(source);
    expect(source.reads).toBeLessThan(PARTS / 4);
  });
});

type LoggingHost = { readonly host: Host; readonly source: Uint8Array; readonly lines: Record<string, unknown>[] };

let close: () => Promise<void> = async () => undefined;

afterEach(() => close());

/** A host with one file, `a.wav`, that has been ingested; `lines` are those of requests. Ends with its test. */
async function loggingHost(options: (byteLength: number) => Partial<HostOptions> = () => ({})): Promise<LoggingHost> {
  const folders = await temporaryFolders();
  const source = wavFile(4, { seed: 2 });
  await folders.writeSource('a.wav', source);
  const lines: Record<string, unknown>[] = [];
  const note = (event: string, fields: object = {}): void => void (event === 'request' && lines.push({ ...fields }));
  const log = { info: note, warn: note, error: note };
  const host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log, ...options(source.length) });
  close = async () => {
    await host.close();
    await folders.remove();
    close = async () => undefined;
  };
  await host.ready;
  lines.length = 0;
  return { host, source, lines };
}

describe('the embedded host', () => {
  it('keeps its pace, and writes one line a request with what was sent', async () => {
    // A second's worth at once, the rest in two seconds.
    const { host, source, lines } = await loggingHost((byteLength) => ({
      maxBytesPerSecond: Math.ceil(byteLength / 3),
    }));
    const startedAtMs = performance.now();
    const { body } = await rawRequest(`${host.url}/stream/a.wav`);
    const elapsedMs = performance.now() - startedAtMs;
    expect(Buffer.from(body).equals(source)).toBe(true);
    // Timers never fire early: a lower bound holds on any machine.
    expect(elapsedMs).toBeGreaterThan(1800);
    await rawRequest(`${host.url}/stream/a.wav?t=,1`, { headers: { Range: 'bytes=10-19' } });
    await rawRequest(`${host.url}/v1/tracks`, { method: 'HEAD' });
    await rawRequest(`${host.url}/stream/a.wav`, { method: 'OPTIONS' });
    await written(lines, 4);
    expect(lines).toMatchObject([
      { method: 'GET', path: '/stream/a.wav', status: 200, bytesSent: source.length, track: expect.any(String) },
      { status: 206, query: 't=,1', range: 'bytes=10-19', bytesSent: 10, elapsedMs: expect.any(Number) },
      { method: 'HEAD', path: '/v1/tracks', status: 200, bytesSent: 0 },
      { method: 'OPTIONS', path: '/stream/a.wav', status: 204, bytesSent: 0 },
    ]);
    expect(Number(lines[0]?.elapsedMs)).toBeGreaterThan(1800);
  });

  it('writes what was sent of what a client left behind, and no signatures', async () => {
    const { host, source, lines } = await loggingHost((byteLength) => ({
      maxBytesPerSecond: Math.ceil(byteLength / 10),
    }));
    const incoming = await opened(`${host.url}/stream/a.wav`);
    await once(incoming, 'data');
    incoming.destroy();
    await written(lines, 1);
    expect(lines).toMatchObject([{ status: 200, ended: 'left' }]);
    expect(Number(lines[0]?.bytesSent)).toBeGreaterThan(0);
    expect(Number(lines[0]?.bytesSent)).toBeLessThan(source.length / 2);

    await rawRequest(`${host.url}/d/x/y/z?expires=1&signature=abc&range=0-9`);
    await written(lines, 2);
    expect(lines[1]).toMatchObject({ status: 403, query: 'expires=1&signature=…&range=0-9' });
  });

  it('holds who follows a link to the pace that it was signed for', async () => {
    const { host, source } = await loggingHost();
    const json = async (path: string, init: RequestInit = {}) =>
      JSON.parse(await (await fetch(host.url + path, init)).text());
    const [{ id }] = (await json('/v1/tracks')).tracks;
    const pace = Math.ceil(source.length / 3);
    const plan = await json(`/v1/tracks/${id}/chunks?maxBytesPerSecond=${pace}`);
    const [{ url }] = plan.chunks;
    expect(new URL(url).searchParams.get('pace')).toBe(String(pace));
    const startedAtMs = performance.now();
    const { status, body } = await rawRequest(url);
    expect([status, body.length]).toEqual([200, source.length]);
    expect(performance.now() - startedAtMs).toBeGreaterThan(1800);

    const resolved = await json(`/v1/tracks/${id}/chunks:resolve`, {
      method: 'POST',
      body: JSON.stringify({ ranges: [{ start: 0 }], maxBytesPerSecond: pace }),
    });
    expect(resolved.plans[0].chunks[0].url).toContain(`&pace=${pace}`);
    const redirected = `/v1/tracks/${id}/audio?delivery=redirect&bytes=0-&maxBytesPerSecond=${pace}`;
    const { status: redirectStatus, headers } = await rawRequest(host.url + redirected);
    expect([redirectStatus, String(headers.location)]).toEqual([307, expect.stringContaining(`&pace=${pace}`)]);
    for (const wrong of ['0', '-1', 'fast', '1e3', '']) {
      const path = `/v1/tracks/${id}/chunks?maxBytesPerSecond=${wrong}`;
      expect(await json(path)).toMatchObject({ status: 400, code: 'invalid_parameter' });
    }
  });

  it('lets only configured origins read, and says that answers depend on who asks', async () => {
    const { host } = await loggingHost(() => ({ allowedOrigins: ['https://player.example'] }));
    for (const path of ['/stream/a.wav', '/v1/tracks']) {
      const allowed = await rawRequest(host.url + path, { headers: { Origin: 'https://player.example' } });
      expect(allowed.headers).toMatchObject({
        'access-control-allow-origin': 'https://player.example',
        vary: 'Origin',
      });
      const other = await rawRequest(host.url + path, { headers: { Origin: 'https://other.example' } });
      expect(other.headers).not.toHaveProperty('access-control-allow-origin');
      expect(other.headers).toMatchObject({ vary: 'Origin', 'cross-origin-resource-policy': 'same-site' });
    }
    const preflight = await rawRequest(`${host.url}/stream/a.wav`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://other.example', 'Access-Control-Request-Method': 'GET' },
    });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-methods');
  });
});
