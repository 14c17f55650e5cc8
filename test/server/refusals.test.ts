/** What is no request, or none that anybody here answers: told so, in the form that all problems have, and written down. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Host, startHost } from '../../server/host.ts';
import { rawExchange } from '../http/raw-exchange.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';

/** More than sockets hold. */
const LONG_SOURCE = Buffer.from(wavFile(300, { seed: 6, sampleRate: 44_100 }));

let folders: TemporaryFolders;
let host: Host;
const lines: Record<string, unknown>[] = [];

beforeAll(async () => {
  folders = await temporaryFolders();
  await folders.writeSource('a.wav', wavFile(1));
  await folders.writeSource('long.wav', LONG_SOURCE);
  const note = (event: string, fields: object = {}): void => void (event === 'request' && lines.push({ ...fields }));
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: { info: note, warn: note, error: note } });
  await host.ready;
});

afterAll(async () => {
  await host.close();
  await folders.remove();
});

const HOST = 'Host: 127.0.0.1\r\n';
const LONG = 'x'.repeat(20_000);

const requests: [section: string, name: string, request: string, status: number][] = [
  ['RFC 9112 3.2', 'two Host fields', `GET /stream/a.wav HTTP/1.1\r\n${HOST}Host: other\r\n\r\n`, 400],
  ['RFC 9112 3.2', 'a Host that is none', 'GET /stream/a.wav HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
  ['RFC 9112 3.2', 'a Host with a path in it', 'GET /a.wav HTTP/1.1\r\nHost: 127.0.0.1/stream\r\n\r\n', 400],
  ['RFC 9112 3.2', 'a Host with a user in it', 'GET /stream/a.wav HTTP/1.1\r\nHost: u:p@h\r\n\r\n', 400],
  ['RFC 9112 3.2.2', 'an address of another scheme', `GET ftp://h/stream/a.wav HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['RFC 9112 3', 'a target of 20,000 characters', `GET /${LONG} HTTP/1.1\r\n${HOST}\r\n`, 414],
  ['RFC 6585 5', 'a field of 20,000 characters', `GET / HTTP/1.1\r\n${HOST}X-Long: ${LONG}\r\n\r\n`, 431],
  ['RFC 9110 15.6.2', 'a method that is none', `FOO / HTTP/1.1\r\n${HOST}\r\n`, 501],
  ['RFC 9110 9.3.6', 'CONNECT', `CONNECT example.org:443 HTTP/1.1\r\n${HOST}\r\n`, 501],
  ['RFC 9112 2.2', 'no HTTP at all', 'hello\r\n\r\n', 400],
  ['RFC 9112 6.1', 'a length that is none', `POST / HTTP/1.1\r\n${HOST}Content-Length: two\r\n\r\n`, 400],
];

it.each(requests)('%s: %s', async (_section, _name, request, status) => {
  lines.length = 0;
  const answer = (await rawExchange(host.url, request)).toString();
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(head).toMatch(new RegExp(`^content-length: ${body.length}`, 'im'));
  expect(JSON.parse(body)).toMatchObject({ type: 'about:blank', status, detail: expect.stringMatching(/;/) });
  expect(lines).toEqual([expect.objectContaining({ status, bytesSent: body.length })]);
});

it('RFC 9110 9.3.7: OPTIONS * tells of the server as a whole', async () => {
  const answer = (await rawExchange(host.url, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`)).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 204 .*\r\nAllow: GET, HEAD, POST, OPTIONS\r\n/s);
});

it('RFC 9112 3.2: an empty Host is one, and does not move the path', async () => {
  const answer = (path: string) => rawExchange(host.url, `HEAD ${path} HTTP/1.1\r\nHost:\r\n\r\n`);
  expect((await answer('/stream/a.wav')).toString()).toMatch(/^HTTP\/1\.1 200 /);
  expect((await answer('/zzz/stream/a.wav')).toString()).toMatch(/^HTTP\/1\.1 404 /);
});

it('nothing is written into the middle of another answer', async () => {
  const { hostname, port } = new URL(host.url);
  for (const next of ['garbage\r\n\r\n', `CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`]) {
    const socket = connect(Number(port), hostname);
    socket.write(`GET /stream/long.wav HTTP/1.1\r\n${HOST}\r\n`);
    await once(socket, 'readable');
    socket.write(next);
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part)).on('error', () => undefined);
    await once(socket, 'close');
    const received = Buffer.concat(parts);
    const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
    expect(body.equals(LONG_SOURCE.subarray(0, body.length))).toBe(true);
  }
});

it('who resets a connection in the middle of a refusal takes nobody along', async () => {
  const { hostname, port } = new URL(host.url);
  for (let i = 0; i < 100; i++) {
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.write(`CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`);
    await once(socket, 'connect');
    socket.resetAndDestroy();
  }
  expect((await rawExchange(host.url, `HEAD /stream/a.wav HTTP/1.1\r\n${HOST}\r\n`)).toString()).toMatch(/ 200 OK/);
});

it('(control) one Host field in any case, and a long address that is not too long, are answered', async () => {
  const query = `?x=${'y'.repeat(6000)}`;
  const answer = await rawExchange(host.url, `HEAD /stream/a.wav${query} HTTP/1.1\r\nhOST: 127.0.0.1\r\n\r\n`);
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
});
