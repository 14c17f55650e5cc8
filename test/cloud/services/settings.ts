import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where the engines keep everything and where they listen; all ports are of 127.0.0.1. */
export type ServiceSettings = {
  /** Absolute. */
  readonly folder: string;
  readonly s3Port: number;
  readonly dynamodbPort: number;
  readonly monitorPort: number;
  /** First of `OSD_PORT_COUNT` ports from which Ceph's storage daemon takes what it needs. */
  readonly osdPort: number;
};

type PortField = Exclude<keyof ServiceSettings, 'folder'>;

export type PortOption = 's3-port' | 'dynamodb-port' | 'monitor-port' | 'osd-port';

export const DEFAULT_FOLDER = resolve(import.meta.dirname, '../../..', '.services');

/** Below the ports that Linux gives to outgoing connections (from 32768), which could hold one of them by chance. */
const LAST_PORT = 32_767;
const FIRST_PORT = 1024;
/** The daemon binds four ports, and others when an address of a run before lingers. */
export const OSD_PORT_COUNT = 40;

export const DEFAULT_PORTS: Readonly<Record<PortOption, number>> = {
  's3-port': 17_480,
  'dynamodb-port': 18_000,
  'monitor-port': 16_789,
  'osd-port': 16_800,
};

/**
 * The options of the command line, checked. A port that is not among them is the one of the last `up` in that folder,
 * else the default. Throws a RangeError that names the option.
 */
export function serviceSettings(
  options: Readonly<Partial<Record<PortOption | 'folder', string | undefined>>>,
): ServiceSettings {
  const folder = resolve(options.folder ?? DEFAULT_FOLDER);
  checkFolder(folder);
  const remembered = rememberedSettings(folder);
  const port = (name: PortOption, field: PortField, count = 1): number => {
    const text = options[name];
    if (text === undefined) return remembered?.[field] ?? DEFAULT_PORTS[name];
    const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= FIRST_PORT && value + count - 1 <= LAST_PORT) return value;
    throw new RangeError(
      `--${name} is "${text}" and must be a whole number from ${FIRST_PORT} to ${LAST_PORT - count + 1}`,
    );
  };
  const settings = {
    folder,
    s3Port: port('s3-port', 's3Port'),
    dynamodbPort: port('dynamodb-port', 'dynamodbPort'),
    monitorPort: port('monitor-port', 'monitorPort'),
    osdPort: port('osd-port', 'osdPort', OSD_PORT_COUNT),
  };
  checkDistinct(settings);
  return settings;
}

/** The ports of the last `up` in a folder; undefined when there was none, or its file was cut off. */
export function rememberedSettings(folder: string): Readonly<Record<PortField, number>> | undefined {
  try {
    const text = readFileSync(servicePaths(folder).settings, 'utf8');
    const { s3Port, dynamodbPort, monitorPort, osdPort } = JSON.parse(text) as Partial<Record<PortField, unknown>>;
    const ports = [s3Port, dynamodbPort, monitorPort, osdPort];
    if (!ports.every((port) => typeof port === 'number')) return undefined;
    return { s3Port, dynamodbPort, monitorPort, osdPort } as Record<PortField, number>;
  } catch {
    return undefined;
  }
}

function checkDistinct({ s3Port, dynamodbPort, monitorPort, osdPort }: ServiceSettings): void {
  const ports = [s3Port, dynamodbPort, monitorPort];
  const shared = ports.find((port, index) => ports.indexOf(port) !== index || inOsdRange(port, osdPort));
  if (shared === undefined) return;
  throw new RangeError(
    `port ${shared} is asked for twice: give --s3-port, --dynamodb-port and --monitor-port different numbers outside ` +
      `${osdPort}-${osdPort + OSD_PORT_COUNT - 1}, the ports of --osd-port`,
  );
}

function inOsdRange(port: number, osdPort: number): boolean {
  return port >= osdPort && port < osdPort + OSD_PORT_COUNT;
}

/** Ceph's configuration and Java's policy give these characters a meaning of their own, in any quotes. */
function checkFolder(folder: string): void {
  if (!/["'\\;#$\n\r{}[\],]/.test(folder)) return;
  throw new RangeError(
    `the folder ${JSON.stringify(folder)} has a quote, backslash, bracket or one of , ; # $ in its name, which Ceph's ` +
      'configuration cannot express: name another one with --folder',
  );
}

/** Every path below the folder, in one place. */
export function servicePaths(folder: string) {
  const ceph = join(folder, 'ceph');
  return {
    folder,
    /** What others read: `RunningServices`. */
    services: join(folder, 'services.json'),
    /** `ServiceSettings` of the last `up`. */
    settings: join(folder, 'settings.json'),
    lock: join(folder, 'lock'),
    logs: join(folder, 'logs'),
    pids: join(folder, 'pids'),
    ceph,
    cephConfig: join(ceph, 'ceph.conf'),
    cephKeyring: join(ceph, 'keyring'),
    /** Written last: without it the store was not made to its end. */
    cephStore: join(ceph, 'store.json'),
    dynamodb: join(folder, 'dynamodb'),
    dynamodbPolicy: join(folder, 'dynamodb', 'loopback.policy'),
  } as const;
}

export type ServicePaths = ReturnType<typeof servicePaths>;
