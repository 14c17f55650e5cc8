import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from './process-identity.ts';
import { parseServices, type RunningServices, runningServices } from './running-services.ts';
import { type ServicePaths, servicePaths } from './settings.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

const SERVICES: RunningServices = {
  s3: { endpoint: 'http://127.0.0.1:20001', accessKeyId: 'id', secretAccessKey: 'secret', version: 'Ceph RGW 1' },
  dynamodb: { endpoint: 'http://127.0.0.1:20002', version: 'DynamoDB Local 1' },
};

let paths: ServicePaths;
beforeEach(() => {
  paths = servicePaths(mkdtempSync(join(tmpdir(), 'cuepoint-running-')));
  mkdirSync(paths.pids);
});
afterEach(() => rmSync(paths.folder, { recursive: true }));

/** This very process stands for the engine. */
const runs = (name: 's3' | 'dynamodb'): void =>
  writeFileSync(join(paths.pids, `${name}.json`), JSON.stringify(identityOf(process.pid)));

onLinux('the running services', () => {
  test('are what the file says while both run', () => {
    writeFileSync(paths.services, JSON.stringify(SERVICES));
    runs('s3');
    runs('dynamodb');
    expect(runningServices(paths.folder)).toEqual(SERVICES);
  });

  test('are not up when one of them ended, whatever the file says', () => {
    writeFileSync(paths.services, JSON.stringify(SERVICES));
    runs('s3');
    expect(() => runningServices(paths.folder)).toThrow(/dynamodb does not run.*npm run services -- up/);
  });

  test.each(['', '{}', '{"s3":'])('are not up when the file says %j', (text) => {
    writeFileSync(paths.services, text);
    runs('s3');
    runs('dynamodb');
    expect(() => runningServices(paths.folder)).toThrow(/npm run services -- up/);
  });
});

test('a service without one of its fields is refused by the name of it', () => {
  const { secretAccessKey, ...s3 } = SERVICES.s3;
  expect(secretAccessKey).toBe('secret');
  expect(() => parseServices(JSON.stringify({ ...SERVICES, s3 }))).toThrow(/"secretAccessKey" is undefined/);
});
