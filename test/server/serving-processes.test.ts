/** A host whose requests are answered by processes of their own, as `cuepoint serve --processes 2` starts it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isProcessAlive } from '../../lambdas/adapters/embedded/temporary-files.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { printedLine } from '../support/host-process.ts';
import { rawRequest } from '../support/http-client.ts';

const LAUNCHER = join(__dirname, '../../bin/cuepoint.mjs');
const SOURCE = wavFile(3, { seed: 5 });

let folders: TemporaryFolders;
let host: ChildProcess;
let url: string;

beforeEach(async () => {
  folders = await temporaryFolders();
  await folders.writeSource('a.wav', SOURCE);
  const named = ['--source', folders.sourceFolder, '--data', folders.dataFolder];
  host = spawn(process.execPath, [LAUNCHER, 'serve', ...named, '--port', '0', '--processes', '2', '--verbose'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = /http:\S+/.exec(await printedLine(host, (line) => line.includes('running at')))?.[0] ?? '';
});

afterEach(async () => {
  if (host.exitCode === null && host.signalCode === null) {
    host.kill('SIGTERM');
    await once(host, 'exit');
  }
  await folders.remove();
});

/** By what Linux tells of its processes. */
async function childrenOf(pid = 0): Promise<number[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    numbers.map(async (number) => {
      const [status = '', command = ''] = await Promise.all(
        ['status', 'cmdline'].map((file) => readFile(`/proc/${number}/${file}`, 'utf8').catch(() => '')),
      );
      return status.includes(`\nPPid:\t${pid}\n`) && command.includes(LAUNCHER) ? [Number(number)] : [];
    }),
  );
  return found.flat();
}

async function until(holds: () => Promise<boolean>): Promise<boolean> {
  for (let look = 0; look < 200; look++) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

const isServed = async (): Promise<boolean> => {
  const answer = await rawRequest(`${url}/stream/a.wav`, { headers: { Range: 'bytes=1000-1999' } }).catch(
    () => undefined,
  );
  return answer?.status === 206 && Buffer.from(answer.body).equals(Buffer.from(SOURCE.subarray(1000, 2000)));
};

it('serves while one of them is killed, and has two again; all end with it', async () => {
  expect(await until(isServed)).toBe(true);
  const [first = 0, second = 0, ...others] = await childrenOf(host.pid);
  expect([isProcessAlive(first), isProcessAlive(second), others]).toEqual([true, true, []]);
  process.kill(first, 'SIGKILL');
  expect(await until(async () => !(await childrenOf(host.pid)).includes(first))).toBe(true);
  expect(await until(async () => (await childrenOf(host.pid)).length === 2)).toBe(true);
  expect(await until(isServed)).toBe(true);
  expect(await childrenOf(host.pid)).toContain(second);

  // All at once: they come again at the address that was announced.
  for (const pid of await childrenOf(host.pid)) process.kill(pid, 'SIGKILL');
  expect(await until(isServed)).toBe(true);
  expect(await until(async () => (await childrenOf(host.pid)).length === 2)).toBe(true);

  const children = await childrenOf(host.pid);
  host.kill('SIGTERM');
  expect(await once(host, 'exit')).toEqual([0, null]);
  expect(children.filter(isProcessAlive)).toEqual([]);
}, 60_000);

it('leaves nobody behind when it is killed itself', async () => {
  expect(await until(isServed)).toBe(true);
  const children = await childrenOf(host.pid);
  expect(children.length).toBe(2);
  host.kill('SIGKILL');
  await once(host, 'exit');
  expect(await until(async () => !children.some(isProcessAlive))).toBe(true);
}, 60_000);

it('says that the port is taken, and ends', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const options = ['--source', folders.sourceFolder, '--data', `${folders.dataFolder}-2`, '--port', String(port)];
  const { code, text } = await new Promise<{ code: unknown; text: string }>((resolve) => {
    execFile(process.execPath, [LAUNCHER, 'serve', ...options, '--processes', '2'], (error, stdout, stderr) =>
      resolve({ code: error?.code, text: stdout + stderr }),
    );
  });
  other.close();
  expect([code, text]).toEqual([
    1,
    expect.stringContaining(`port ${port} of 127.0.0.1 is taken; choose another with --port`),
  ]);
}, 60_000);
