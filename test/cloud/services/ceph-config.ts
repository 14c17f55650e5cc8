import { join } from 'node:path';
import { OSD_PORT_COUNT, type ServicePaths, type ServiceSettings } from './settings.ts';

const STORE_BYTES = 10 * 1024 ** 3;
const BLUESTORE_CACHE_BYTES = 96 * 1024 ** 2;

/** At its defaults the storage daemon tells its database's whole configuration at each start. */
const QUIET = Object.fromEntries(
  ['rocksdb', 'bluestore', 'bluefs', 'bdev', 'mon', 'paxos', 'osd', 'rgw'].map((part) => [`debug ${part}`, '0/0']),
);

type Section = Readonly<Record<string, string | number | boolean>>;

/** ceph.conf of one monitor, one storage daemon and one S3 gateway, all on 127.0.0.1. */
export function cephConfig(settings: ServiceSettings, paths: ServicePaths, clusterId: string): string {
  return [
    section('global', {
      fsid: clusterId,
      'mon host': `v2:127.0.0.1:${settings.monitorPort}`,
      'mon initial members': 'a',
      'public addr': '127.0.0.1',
      'cluster addr': '127.0.0.1',
      'ms bind ipv6': false,
      'ms bind msgr1': false,
      'ms bind port min': settings.osdPort,
      'ms bind port max': settings.osdPort + OSD_PORT_COUNT - 1,
      'auth cluster required': 'cephx',
      'auth service required': 'cephx',
      'auth client required': 'cephx',
      keyring: paths.cephKeyring,
      // The path of a socket may have 107 bytes only, and a project's folder can be deep.
      'admin socket': '',
      // Standard error is the log: the one who starts the daemon says where it goes.
      'log file': '',
      'log to stderr': true,
      'err to stderr': true,
      'log flush on exit': false,
      ...QUIET,
      'crash dir': join(paths.ceph, 'crash'),
      'run dir': paths.ceph,
      'osd pool default size': 1,
      'osd pool default min size': 1,
      'osd pool default pg num': 1,
      'osd pool default pgp num': 1,
      'osd pool default pg autoscale mode': 'off',
      // The only copy may lie on the only daemon.
      'osd crush chooseleaf type': 0,
    }),
    section('mon', {
      'mon data': join(paths.ceph, 'monitor'),
      'mon allow pool size one': true,
      // Each change of the map waits for this (1 s by default), and the first start makes a dozen of them.
      'paxos propose interval': 0.05,
      // Or it stops itself on a disk that is 95 % full, however much room that leaves.
      'mon data avail warn': 2,
      'mon data avail crit': 1,
      'mon cluster log file': '/dev/null',
      'mon cluster log to file': false,
    }),
    section('osd', {
      'osd data': join(paths.ceph, 'osd'),
      'osd objectstore': 'bluestore',
      // A killed gateway keeps its successor's changes of buckets waiting for so long (30 by default; it pings every 5 s).
      'osd client watch timeout': 12,
      // A sparse file: it takes what is written.
      'bluestore block size': STORE_BYTES,
      'bluestore cache autotune': false,
      'bluestore cache size': BLUESTORE_CACHE_BYTES,
    }),
    section('client.rgw', {
      'rgw data': join(paths.ceph, 'gateway'),
      // Without tcp_nodelay each operation waits some 40 ms for an acknowledgement.
      'rgw frontends': `beast endpoint=127.0.0.1:${settings.s3Port} tcp_nodelay=1`,
      'rgw enable apis': 's3, iam, notifications',
      'rgw thread pool size': 64,
      'rgw enable usage log': false,
      'rgw dynamic resharding': false,
      'rgw override bucket index max shards': 1,
      // Deleted data is freed soon, or a day of tests fills the store; not at once, for someone may be reading it.
      'rgw gc obj min wait': 300,
      'rgw gc processor period': 60,
      'rgw gc processor max time': 60,
    }),
  ].join('\n');
}

function section(name: string, values: Section): string {
  const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}\n`);
  return `[${name}]\n${lines.join('')}`;
}

export type CephKeys = { readonly monitor: string; readonly admin: string; readonly osd: string; readonly rgw: string };

/** The keyring that a new monitor is given; it is the one truth of who may do what. */
export function cephKeyring(keys: CephKeys): string {
  return [
    entity('mon.', keys.monitor, { mon: 'allow *' }),
    entity('client.admin', keys.admin, { mon: 'allow *', osd: 'allow *', mgr: 'allow *', mds: 'allow *' }),
    entity('osd.0', keys.osd, { mon: 'allow profile osd', osd: 'allow *', mgr: 'allow profile osd' }),
    entity('client.rgw', keys.rgw, { mon: 'allow rw', osd: 'allow rwx', mgr: 'allow rw' }),
  ].join('\n');
}

function entity(name: string, key: string, capabilities: Readonly<Record<string, string>>): string {
  const lines = Object.entries(capabilities).map(([service, grant]) => `\tcaps ${service} = "${grant}"\n`);
  return `[${name}]\n\tkey = ${key}\n${lines.join('')}`;
}

const SECRET_BYTES = 16;
const AES_TYPE = 1;

/**
 * A cephx key: type, time of making (seconds, nanoseconds), length and secret, little endian, in base64
 * (Ceph's `CryptoKey::encode`).
 */
export function cephxKey(secret: Uint8Array, createdSeconds: number): string {
  if (secret.length !== SECRET_BYTES) {
    throw new RangeError(`a cephx secret has ${SECRET_BYTES} bytes, this one ${secret.length}`);
  }
  const key = Buffer.alloc(12 + SECRET_BYTES);
  key.writeUInt16LE(AES_TYPE, 0);
  key.writeUInt32LE(createdSeconds, 2);
  key.writeUInt32LE(0, 6);
  key.writeUInt16LE(SECRET_BYTES, 10);
  key.set(secret, 12);
  return key.toString('base64');
}
