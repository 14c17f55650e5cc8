import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { daemonReady, runningDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { identityOf, isAlive, type ProcessIdentity, parseIdentity, statFields } from './process-identity.ts';
import { type ServicePaths, servicePaths } from './settings.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

const STAYS = "process.stdout.write('ready');setInterval(() => {}, 1000)";
const IGNORES = `process.on('SIGTERM', () => {});${STAYS}`;

let paths: ServicePaths;
beforeEach(() => {
  paths = servicePaths(mkdtempSync(join(tmpdir(), 'cuepoint-daemon-')));
});
afterEach(async () => {
  await stopDaemon(paths, 's3', 0);
  rmSync(paths.folder, { recursive: true });
});

function start(script: string): Promise<void> {
  return startDaemon(paths, { name: 's3', program: process.execPath, args: ['-e', script] });
}

const saysReady = async (): Promise<boolean> => readFileSync(join(paths.logs, 's3.log'), 'utf8').includes('ready');

const running = (): ProcessIdentity => {
  const identity = runningDaemon(paths, 's3');
  if (identity === undefined) throw new Error('the daemon does not run');
  return identity;
};

onLinux('a daemon', () => {
  test('runs until it is stopped, and is forgotten then', async () => {
    await start(STAYS);
    await daemonReady(paths, 's3', saysReady, 20_000);
    const identity = running();
    expect(await stopDaemon(paths, 's3')).toBe(true);
    expect(isAlive(identity)).toBe(false);
    expect(existsSync(join(paths.pids, 's3.json'))).toBe(false);
    expect(await stopDaemon(paths, 's3')).toBe(false);
  });

  test('is ended when it does not end by itself', async () => {
    await start(IGNORES);
    await daemonReady(paths, 's3', saysReady, 20_000);
    const identity = running();
    expect(await stopDaemon(paths, 's3', 200)).toBe(true);
    expect(isAlive(identity)).toBe(false);
  });

  test('that ends while it starts is told of with the end of its log', async () => {
    await start("process.stderr.write('the disk is full');process.exit(3)");
    const waiting = daemonReady(paths, 's3', async () => false, 20_000);
    await expect(waiting).rejects.toThrow(/s3 ended while it was starting[\s\S]*the disk is full/);
  });

  test('that does not answer in time is told of', async () => {
    await start(STAYS);
    await expect(daemonReady(paths, 's3', async () => false, 100)).rejects.toThrow(/runs but does not answer/);
  });

  test('that cannot be started is named', async () => {
    const starting = startDaemon(paths, { name: 's3', program: 'no-such-program', args: [] });
    await expect(starting).rejects.toThrow(/no-such-program cannot be started/);
  });
});

onLinux('the number of a process that was given again', () => {
  test('is not taken for the daemon, and its new holder is not ended', async () => {
    const stranger = spawn(process.execPath, ['-e', STAYS], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(stranger.stdout, 'data');
    const identity = identityOf(stranger.pid ?? 0);
    if (identity === undefined) throw new Error('the stranger does not run');
    mkdirSync(paths.pids, { recursive: true });
    const remember = (text: string): void => writeFileSync(join(paths.pids, 's3.json'), text);

    remember(JSON.stringify({ ...identity, startTicks: '1' }));
    expect(await stopDaemon(paths, 's3')).toBe(false);
    remember(JSON.stringify({ ...identity, bootId: 'another start of the machine' }));
    expect(await stopDaemon(paths, 's3')).toBe(false);
    remember(JSON.stringify(identity).slice(0, -9));
    expect(await stopDaemon(paths, 's3')).toBe(false);
    expect(isAlive(identity)).toBe(true);

    // The negative control: its true identity does end it.
    const gone = once(stranger, 'exit');
    remember(JSON.stringify(identity));
    expect(await stopDaemon(paths, 's3')).toBe(true);
    await gone;
  });
});

describe('the identity of a process', () => {
  test('is read behind a name that holds parentheses and spaces', () => {
    const fields = Array.from({ length: 30 }, (_, index) => String(100 + index));
    expect(statFields(`7 (a) b (c) S ${fields.join(' ')}`)).toEqual({ state: 'S', startTicks: '118' });
  });

  test.each(['', 'null', '7', '{"pid":1,"startTicks":"2","bootId":"x"}', '{"pid":"7","startTicks":"2","bootId":"x"}'])(
    'is not in %j',
    (text) => {
      expect(parseIdentity(text)).toBeUndefined();
    },
  );
});
