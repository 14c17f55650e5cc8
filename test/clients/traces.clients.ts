/** What players and tools send, one after the other: everything is complete, and byte for byte the file. */
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Host, startHost } from '../../server/host.ts';
import { CLIENT_TRACES, type Step } from '../http/client-traces.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { rawRequest } from '../support/http-client.ts';
import { attempt, output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';

const FILE = 'long talk.mp3';
const SECONDS = 120;

let folders: TemporaryFolders;
let host: Host;
let source: Buffer;
let url = '';
let etag = '';
let lastModified = '';

beforeAll(async () => {
  folders = await temporaryFolders();
  const tone = `aevalsrc='0.4*sin(2*PI*(200+9*t)*t)+0.02*random(0)':s=44100:d=${SECONDS}`;
  await output('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', tone, '-b:a', '128k', join(folders.sourceFolder, FILE));
  source = await readFile(join(folders.sourceFolder, FILE));
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
  await host.ready;
  url = `${host.url}/stream/${encodeURIComponent(FILE)}`;
  const { headers } = await rawRequest(url, { method: 'HEAD' });
  etag = String(headers.etag);
  lastModified = String(headers['last-modified']);
});

afterAll(async () => {
  await host.close();
  await folders.remove();
});

/** Fills in what a client knows by then. */
function filled(fields: Step['fields']): Record<string, string> {
  const known: Record<string, string> = {
    etag,
    lastModified,
    length: String(source.length),
    last: String(source.length - 1),
  };
  const fill = (text: string): string => text.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? '');
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fill(value)]));
}

describe.each(CLIENT_TRACES)('$client', ({ steps }) => {
  it('gets what it asks for, byte for byte', async () => {
    const received = Buffer.alloc(source.length);
    let covered = 0;
    for (const { method = 'GET', fields, status } of steps) {
      const answer = await rawRequest(url, { method, headers: filled(fields) });
      expect([method, fields.Range, answer.status]).toEqual([method, fields.Range, status]);
      if (method !== 'GET' || (status !== 200 && status !== 206)) continue;
      expect(answer.headers['content-length']).toBe(String(answer.body.length));
      const [, first = '0', last = ''] = /^bytes (\d+)-(\d+)\/\d+$/.exec(String(answer.headers['content-range'])) ?? [];
      if (status === 206) expect(Number(last) - Number(first) + 1).toBe(answer.body.length);
      expect(Buffer.from(answer.body).equals(source.subarray(Number(first), Number(first) + answer.body.length))).toBe(
        true,
      );
      received.set(answer.body, Number(first));
      covered = Math.max(covered, Number(first) + answer.body.length);
    }
    expect(covered).toBe(source.length);
    expect(received.equals(source)).toBe(true);
  });
});

describe('real programs', () => {
  const cut = async (bytes: number): Promise<string> => {
    const partial = join(folders.dataFolder, `partial-${bytes}.mp3`);
    await output('curl', '-s', '-o', partial, url);
    await truncate(partial, bytes);
    return partial;
  };

  it('curl -C - goes on where it stopped', async () => {
    const partial = await cut(654_321);
    await output('curl', '-sf', '-C', '-', '-o', partial, url);
    expect((await readFile(partial)).equals(source)).toBe(true);
  });

  it('curl asks for several ranges at once', async () => {
    const answer = await output('curl', '-sf', '-r', '0-99,500000-500099', url);
    expect(answer.includes(source.subarray(500_000, 500_100))).toBe(true);
  });

  it('wget -c goes on where it stopped, and has nothing to do when all is there', async () => {
    const partial = await cut(123_456);
    await output('wget', '-q', '-c', '-O', partial, url);
    expect((await readFile(partial)).equals(source)).toBe(true);
    await attempt('wget', '-q', '-c', '-O', partial, url);
    expect((await readFile(partial)).equals(source)).toBe(true);
  });

  it('wget without -c', async () => {
    expect((await output('wget', '-q', '-O', '-', url)).equals(source)).toBe(true);
  });

  it.each([
    ['from the beginning', []],
    ['after a seek', ['-ss', '75.5', '-t', '5']],
  ])('ffmpeg copies the same packets %s', async (_, seek) => {
    const packets = (input: string) =>
      output('ffmpeg', '-v', 'error', ...seek, '-i', input, '-c', 'copy', '-f', 'framecrc', '-');
    const overHttp = await packets(url);
    expect(overHttp.length).toBeGreaterThan(1000);
    expect(overHttp.equals(await packets(join(folders.sourceFolder, FILE)))).toBe(true);
  });

  it.each([
    ['from the beginning', '0'],
    ['from the middle', '60'],
  ])('mpv plays %s', async (_, start) => {
    if ((await attempt('mpv', '--version')).code !== 0) throw new Error('mpv is not installed: apt-get install mpv');
    const played = async (input: string, name: string): Promise<Buffer> => {
      const file = join(folders.dataFolder, name);
      const sound = ['--no-config', '--no-video', '--ao=pcm', `--ao-pcm-file=${file}`, '--untimed', '--really-quiet'];
      await output('mpv', ...sound, `--start=${start}`, input);
      return readFile(file);
    };
    const overHttp = await played(url, `http-${start}.wav`);
    expect(overHttp.length).toBeGreaterThan((SECONDS - Number(start) - 1) * 44_100 * 2);
    expect(overHttp.equals(await played(join(folders.sourceFolder, FILE), `file-${start}.wav`))).toBe(true);
  });
});
