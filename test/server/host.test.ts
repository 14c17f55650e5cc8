import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, startHost } from '../../server/host.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { silentLog } from '../support/silent-log.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');

let folders: TemporaryFolders;

beforeEach(async () => {
  folders = await temporaryFolders();
});

afterEach(() => folders.remove());

const start = (): Promise<Host> => startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
const tracksOf = async (url: string) => jsonOf(await rawRequest(`${url}/v1/tracks`)).tracks;

describe('startHost', () => {
  it('makes a demo track for an empty folder, and only for an empty one', async () => {
    const host = await start();
    await host.ready;
    expect(await tracksOf(host.url)).toMatchObject([
      { path: 'cuepoint-demo.wav', status: 'playable', durationSeconds: 45 },
    ]);
    await host.close();

    const filled = await temporaryFolders();
    await filled.writeSource('a.wav', wavFile(1));
    const other = await startHost({ ...filled, port: 0, host: '127.0.0.1', log: silentLog });
    await other.ready;
    expect((await tracksOf(other.url)).map((track: { path: string }) => track.path)).toEqual(['a.wav']);
    await other.close();
    await filled.remove();
  });

  it('goes on after a restart where it was, and notices what happened meanwhile', async () => {
    await folders.writeSource('a.wav', wavFile(2, { seed: 1 }));
    await folders.writeSource('b.wav', wavFile(2, { seed: 2 }));
    const first = await start();
    await first.ready;
    const before = await tracksOf(first.url);
    await first.close();

    await folders.writeSource('b.wav', wavFile(3, { seed: 3 }));
    await folders.writeSource('c/d.wav', wavFile(1));
    const second = await start();
    await second.ready;
    const after = await tracksOf(second.url);
    expect(after[0]).toMatchObject({ id: before[0].id, revision: before[0].revision, etag: before[0].etag });
    expect(after[1]).toMatchObject({ path: 'b.wav', id: before[1].id, durationSeconds: 3 });
    expect(after[1].revision).not.toBe(before[1].revision);
    expect(after[2]).toMatchObject({ path: 'c/d.wav', status: expect.stringMatching(/playable|ready/) });
    await second.close();
  });

  it('refuses a folder that another host serves, and a port that is taken', async () => {
    const host = await start();
    await expect(start()).rejects.toThrow(/already serves/);
    const other = await temporaryFolders();
    const port = Number(new URL(host.url).port);
    await expect(startHost({ ...other, port, host: '127.0.0.1', log: silentLog })).rejects.toThrow(/taken/);
    await other.remove();
    await host.close();
    await (await start()).close();
  });

  it('ends while clients hold connections open', async () => {
    const host = await start();
    await host.ready;
    const slow = await fetch(`${host.url}/stream/cuepoint-demo.wav`);
    // A host that waits for its clients runs into the time limit of a test.
    await host.close();
    await slow.arrayBuffer().catch(() => undefined);
  });
});

describe('cuepoint serve', () => {
  async function serve(): Promise<{ process: ChildProcess; url: string }> {
    const { sourceFolder, dataFolder } = folders;
    const args = [LAUNCHER, 'serve', '--port', '0', '--source', sourceFolder, '--data', dataFolder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (part) => {
        text += String(part);
        const found = /running at (\S+)/.exec(text)?.[1];
        if (found) resolve(found);
      });
      child.once('exit', () => reject(new Error(`the host did not start: ${text}`)));
    });
    return { process: child, url };
  }

  it('ends with words and exit code 1 when it cannot start', async () => {
    const host = await start();
    const port = new URL(host.url).port;
    const args = [
      LAUNCHER,
      'serve',
      '--port',
      port,
      '--source',
      folders.sourceFolder,
      '--data',
      `${folders.dataFolder}-2`,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (part) => {
      text += String(part);
    });
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(text).toContain(`port ${port} of 127.0.0.1 is taken`);
    await host.close();
  });

  it('loses nothing to kill -9 in mid-ingest', async () => {
    const source = wavFile(600, { sampleRate: 44_100 });
    await folders.writeSource('long.wav', source);
    const killed = await serve();
    // It ingests from the first moment on; a few chunks are down by now, not all.
    await sleep(40);
    killed.process.kill('SIGKILL');
    await once(killed.process, 'exit');

    const host = await serve();
    let [track] = await tracksOf(host.url);
    for (let i = 0; i < 200 && track?.status !== 'playable'; i++) {
      await sleep(50);
      [track] = await tracksOf(host.url);
    }
    expect(track).toMatchObject({ path: 'long.wav', status: 'playable', chunkCount: 60 });
    const { body } = await rawRequest(`${host.url}/stream/long.wav`);
    expect(Buffer.from(body).equals(source)).toBe(true);
    // Whoever read its log may leave: that must not end it.
    host.process.stdout?.destroy();
    await folders.writeSource('other.wav', wavFile(1));
    await sleep(1000);
    expect(await tracksOf(host.url)).toHaveLength(2);
    host.process.kill('SIGTERM');
    expect(await once(host.process, 'exit')).toEqual([0, null]);
  });
});
