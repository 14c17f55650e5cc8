import {
  type CephStore,
  makeCephStore,
  monitorCommand,
  readCephStore,
  storageCommand,
  writeCephConfig,
} from './ceph-store.ts';
import { type DaemonName, daemonReady, runningDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { s3Answers, s3Works } from './health.ts';
import { checkPortIsFree } from './port.ts';
import { runProgram } from './program.ts';
import type { S3Service } from './running-services.ts';
import type { ServicePaths, ServiceSettings } from './settings.ts';

/** From the gateway, which stops taking requests, down to what holds the data. */
export const S3_DAEMONS = ['s3', 'osd', 'monitor'] as const satisfies readonly DaemonName[];

const READY_MS = 120_000;
const VERSION_MS = 20_000;

/** Starts what does not run of S3, on the store of the last run or a new one; S3 has stored and given when this returns. */
export async function startS3(settings: ServiceSettings, paths: ServicePaths): Promise<S3Service> {
  const store = await startStore(settings, paths);
  return startGateway(settings, paths, store);
}

/** Stops the gateway and starts it on the same data. Requests in flight are lost, as in a restart of any server. */
export async function restartS3(settings: ServiceSettings, paths: ServicePaths): Promise<S3Service> {
  const store = readCephStore(paths);
  if (store === undefined || runningDaemon(paths, 's3') === undefined) {
    throw new Error('S3 is not up: npm run services -- up');
  }
  await stopDaemon(paths, 's3');
  return startGateway(settings, paths, store);
}

export async function stopS3(paths: ServicePaths): Promise<boolean> {
  let stopped = false;
  for (const name of S3_DAEMONS) stopped = (await stopDaemon(paths, name)) || stopped;
  return stopped;
}

async function startStore(settings: ServiceSettings, paths: ServicePaths): Promise<CephStore> {
  const store = readCephStore(paths);
  if (store === undefined) {
    await stopS3(paths);
    await checkPortIsFree(settings.monitorPort, "Ceph's monitor", '--monitor-port');
    return makeCephStore(settings, paths);
  }
  if (store.monitorPort !== settings.monitorPort) {
    throw new Error(
      `the store in ${paths.ceph} was made with --monitor-port ${store.monitorPort} and works with no other: ask for ` +
        'that one, or throw the data away with npm run services -- down --wipe',
    );
  }
  writeCephConfig(settings, paths, store.clusterId);
  if (runningDaemon(paths, 'monitor') === undefined) {
    await checkPortIsFree(settings.monitorPort, "Ceph's monitor", '--monitor-port');
    await startDaemon(paths, monitorCommand(paths));
  }
  if (runningDaemon(paths, 'osd') === undefined) {
    await startDaemon(paths, storageCommand(paths));
  }
  return store;
}

async function startGateway(settings: ServiceSettings, paths: ServicePaths, store: CephStore): Promise<S3Service> {
  const { accessKeyId, secretAccessKey } = store;
  const endpoint = `http://127.0.0.1:${settings.s3Port}`;
  if (runningDaemon(paths, 's3') === undefined) {
    await checkPortIsFree(settings.s3Port, 'S3', '--s3-port');
    const args = ['-f', '-n', 'client.rgw', '-c', paths.cephConfig];
    await startDaemon(paths, { name: 's3', program: 'radosgw', args });
  }
  const service = { endpoint, accessKeyId, secretAccessKey, version: await gatewayVersion() };
  await daemonReady(paths, 's3', () => s3Answers(service), READY_MS);
  await s3Works(service);
  return service;
}

async function gatewayVersion(): Promise<string> {
  const text = await runProgram('radosgw', ['--version'], VERSION_MS);
  const version = /ceph version (\S+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`radosgw --version said ${JSON.stringify(text)}, which names no version`);
  return `Ceph RGW ${version}`;
}
