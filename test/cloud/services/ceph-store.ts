import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CephKeys, cephConfig, cephKeyring, cephxKey } from './ceph-config.ts';
import { startDaemon, writeWhole } from './daemon.ts';
import { runProgram } from './program.ts';
import type { ServicePaths, ServiceSettings } from './settings.ts';

/** What stays as long as the data does. */
export type CephStore = {
  readonly clusterId: string;
  /** The monitor's address is part of the store. */
  readonly monitorPort: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

const STEP_MS = 60_000;

/** The store of a run before; undefined when there is none or it was not made to its end. */
export function readCephStore(paths: ServicePaths): CephStore | undefined {
  if (!existsSync(paths.cephStore)) return undefined;
  const text = readFileSync(paths.cephStore, 'utf8');
  const { clusterId, monitorPort, accessKeyId, secretAccessKey } = JSON.parse(text) as Partial<CephStore>;
  if (!clusterId || !monitorPort || !accessKeyId || !secretAccessKey) {
    throw new Error(`${paths.cephStore} is not what was written there: npm run services -- down --wipe makes it anew`);
  }
  return { clusterId, monitorPort, accessKeyId, secretAccessKey };
}

/** Ports may change between runs, so the configuration is written before each. */
export function writeCephConfig(settings: ServiceSettings, paths: ServicePaths, clusterId: string): void {
  writeWhole(paths.cephConfig, cephConfig(settings, paths, clusterId));
}

/**
 * Makes a cluster and its S3 user; its monitor and its storage daemon run when this returns. What a crash left of an
 * earlier attempt is thrown away first: no daemon may run.
 */
export async function makeCephStore(settings: ServiceSettings, paths: ServicePaths): Promise<CephStore> {
  rmSync(paths.ceph, { recursive: true, force: true });
  for (const folder of ['monitor', 'osd', 'gateway', 'crash']) {
    mkdirSync(join(paths.ceph, folder), { recursive: true, mode: 0o700 });
  }
  const store: CephStore = {
    clusterId: randomUUID(),
    monitorPort: settings.monitorPort,
    accessKeyId: randomBytes(10).toString('hex').toUpperCase(),
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  writeCephConfig(settings, paths, store.clusterId);
  writeFileSync(paths.cephKeyring, cephKeyring(newKeys()), { mode: 0o600 });
  await makeMonitor(settings, paths, store.clusterId);
  await startDaemon(paths, monitorCommand(paths));
  await makeStorage(paths);
  await startDaemon(paths, storageCommand(paths));
  await makeUser(paths, store);
  writeWhole(paths.cephStore, JSON.stringify(store));
  return store;
}

export function monitorCommand(paths: ServicePaths) {
  return { name: 'monitor', program: 'ceph-mon', args: ['-f', '-i', 'a', '-c', paths.cephConfig] } as const;
}

export function storageCommand(paths: ServicePaths) {
  return { name: 'osd', program: 'ceph-osd', args: ['-f', '-i', '0', '-c', paths.cephConfig] } as const;
}

function newKeys(): CephKeys {
  const key = (): string => cephxKey(randomBytes(16), Math.floor(Date.now() / 1000));
  return { monitor: key(), admin: key(), osd: key(), rgw: key() };
}

async function makeMonitor({ monitorPort }: ServiceSettings, paths: ServicePaths, clusterId: string): Promise<void> {
  const map = join(paths.ceph, 'monitor.map');
  const address = `[v2:127.0.0.1:${monitorPort}]`;
  await runProgram('monmaptool', ['--create', '--addv', 'a', address, '--fsid', clusterId, map], STEP_MS);
  const source = ['--monmap', map, '--keyring', paths.cephKeyring];
  await runProgram('ceph-mon', ['--mkfs', '-i', 'a', '-c', paths.cephConfig, ...source], STEP_MS);
}

/** The monitor knows the storage daemon's key from its keyring, here it learns of the daemon. */
async function makeStorage(paths: ServicePaths): Promise<void> {
  const id = randomUUID();
  const making = ['--mkfs', '-i', '0', '-c', paths.cephConfig, '--osd-uuid', id];
  await runProgram('ceph', ['-c', paths.cephConfig, '--connect-timeout', '30', 'osd', 'new', id], STEP_MS);
  await runProgram('ceph-osd', making, STEP_MS);
}

async function makeUser(paths: ServicePaths, { accessKeyId, secretAccessKey }: CephStore): Promise<void> {
  const who = ['--uid', 'cuepoint', '--display-name', 'Cuepoint', '--max-buckets', '10000'];
  const keys = ['--access-key', accessKeyId, '--secret', secretAccessKey];
  const command = ['-c', paths.cephConfig, '-n', 'client.rgw', 'user', 'create'];
  await runProgram('radosgw-admin', [...command, ...who, ...keys], STEP_MS);
}
