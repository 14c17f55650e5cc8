/**
 * Real S3 (Ceph RGW) and DynamoDB (DynamoDB Local) on 127.0.0.1, for tests and the local cloud:
 * `npm run services -- up | down [--wipe] | restart s3 | status`. Exit code: 0 done (status: both run and answer),
 * 1 it failed (status: they do not), 2 it was asked for wrongly.
 */
import { existsSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type DaemonName, runningDaemon, stopDaemon, writeWhole } from './daemon.ts';
import { startDynamodb } from './dynamodb-engine.ts';
import { dynamodbAnswers, s3Answers } from './health.ts';
import { withLock } from './lock.ts';
import { checkMachine } from './machine.ts';
import { type RunningServices, runningServices } from './running-services.ts';
import { restartS3, S3_DAEMONS, startS3, stopS3 } from './s3-engine.ts';
import {
  rememberedSettings,
  type ServicePaths,
  type ServiceSettings,
  servicePaths,
  serviceSettings,
} from './settings.ts';

const USAGE = `usage: npm run services -- up | down [--wipe] | restart s3 | status
  --folder DIR          data, logs and process ids (default: the project's .services)
  --s3-port N --dynamodb-port N --monitor-port N --osd-port N    ports of 127.0.0.1`;

const OPTIONS = {
  folder: { type: 'string' },
  wipe: { type: 'boolean' },
  's3-port': { type: 'string' },
  'dynamodb-port': { type: 'string' },
  'monitor-port': { type: 'string' },
  'osd-port': { type: 'string' },
} as const;

class UsageError extends Error {}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function up(settings: ServiceSettings, paths: ServicePaths): Promise<void> {
  const startMs = performance.now();
  const before = daemonsRunning(paths);
  if (before.length > 0) checkSamePorts(settings);
  if (before.length < ALL_DAEMONS.length) await checkMachine(process.env.PATH ?? '');
  writeWhole(paths.settings, JSON.stringify(settings));
  const started = await Promise.allSettled([startS3(settings, paths), startDynamodb(settings, paths)]);
  const [s3, dynamodb] = started;
  if (s3.status === 'rejected' || dynamodb.status === 'rejected') {
    for (const name of ALL_DAEMONS) if (!before.includes(name)) await stopDaemon(paths, name);
    throw new Error(started.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : [])).join('\n'));
  }
  const services: RunningServices = { s3: s3.value, dynamodb: dynamodb.value };
  writeWhole(paths.services, `${JSON.stringify(services, null, 2)}\n`);
  describe(services, paths);
  print(`up after ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

function checkSamePorts(settings: ServiceSettings): void {
  const before = rememberedSettings(settings.folder);
  const fields = ['s3Port', 'dynamodbPort', 'monitorPort', 'osdPort'] as const;
  const changed = fields.find((field) => before !== undefined && before[field] !== settings[field]);
  if (changed === undefined) return;
  throw new Error(
    `engines run with ${changed} ${before?.[changed]}, not ${settings[changed]}: npm run services -- down, then up`,
  );
}

const ALL_DAEMONS: readonly DaemonName[] = [...S3_DAEMONS, 'dynamodb'];

function daemonsRunning(paths: ServicePaths): readonly DaemonName[] {
  return ALL_DAEMONS.filter((name) => runningDaemon(paths, name) !== undefined);
}

function describe({ s3, dynamodb }: RunningServices, paths: ServicePaths): void {
  print(`S3           ${s3.endpoint}   ${s3.version}`);
  print(`DynamoDB     ${dynamodb.endpoint}   ${dynamodb.version}`);
  print(`credentials  ${paths.services}`);
}

async function down(paths: ServicePaths, wipe: boolean): Promise<void> {
  rmSync(paths.services, { force: true });
  const stopped = await Promise.all([stopDaemon(paths, 'dynamodb'), stopS3(paths)]);
  const made = [paths.ceph, paths.dynamodb, paths.logs, paths.pids, paths.settings];
  if (wipe) for (const path of made) rmSync(path, { recursive: true, force: true });
  const what = stopped.includes(true) ? 'stopped' : 'nothing ran';
  print(wipe ? `${what}; the data is gone` : what);
}

async function status(paths: ServicePaths): Promise<boolean> {
  for (const name of ALL_DAEMONS) {
    const running = runningDaemon(paths, name);
    print(`${name.padEnd(12)} ${running === undefined ? 'does not run' : `process ${running.pid}`}`);
  }
  if (daemonsRunning(paths).length < ALL_DAEMONS.length || !existsSync(paths.services)) {
    print('not up: npm run services -- up');
    return false;
  }
  const services = runningServices(paths.folder);
  describe(services, paths);
  const [s3, dynamodb] = await Promise.all([s3Answers(services.s3), dynamodbAnswers(services.dynamodb.endpoint)]);
  if (!s3) print('S3 does not answer');
  if (!dynamodb) print('DynamoDB does not answer');
  return s3 && dynamodb;
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const settings = serviceSettings(values);
  const paths = servicePaths(settings.folder);
  const command = positionals.join(' ');
  const { wipe = false } = values;
  if (wipe && command !== 'down') throw new UsageError('--wipe belongs to down');
  switch (command) {
    case 'up':
      await withLock(paths.lock, () => up(settings, paths));
      return 0;
    case 'down':
      await withLock(paths.lock, () => down(paths, wipe));
      return 0;
    case 'restart s3':
      await withLock(paths.lock, () => restartS3(settings, paths));
      print('S3 is restarted');
      return 0;
    case 'status':
      return (await status(paths)) ? 0 : 1;
    default:
      throw new UsageError(`${command ? `"${command}" is no command` : 'what should be done?'}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isUsageError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof UsageError || error instanceof RangeError || code.startsWith('ERR_PARSE_ARGS');
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const usage = isUsageError(error);
  process.stderr.write(`${messageOf(error)}\n${usage ? `${USAGE}\n` : ''}`);
  process.exitCode = usage ? 2 : 1;
}
