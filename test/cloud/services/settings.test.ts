import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_FOLDER, DEFAULT_PORTS, type PortOption, servicePaths, serviceSettings } from './settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuepoint-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('without options they are the defaults, in the folder of the project', () => {
  expect(DEFAULT_FOLDER).toBe(join(process.cwd(), '.services'));
  expect(serviceSettings({ folder })).toEqual({
    folder,
    s3Port: DEFAULT_PORTS['s3-port'],
    dynamodbPort: DEFAULT_PORTS['dynamodb-port'],
    monitorPort: DEFAULT_PORTS['monitor-port'],
    osdPort: DEFAULT_PORTS['osd-port'],
  });
});

test('ports are those of the last start in that folder, unless they are given', () => {
  const settings = serviceSettings({ folder, 's3-port': '20001', 'monitor-port': '20002' });
  writeFileSync(servicePaths(folder).settings, JSON.stringify(settings));
  expect(serviceSettings({ folder })).toEqual(settings);
  expect(serviceSettings({ folder, 's3-port': '20009' })).toEqual({ ...settings, s3Port: 20_009 });
});

test.each(['', '{"s3Port":20001', '{"s3Port":"20001"}', 'null'])(
  'a settings file that says %j counts for nothing',
  (text) => {
    writeFileSync(servicePaths(folder).settings, text);
    expect(serviceSettings({ folder }).s3Port).toBe(DEFAULT_PORTS['s3-port']);
  },
);

test.each<[PortOption, string]>([
  ['s3-port', '80'],
  ['s3-port', '32768'],
  ['dynamodb-port', '18000.5'],
  ['monitor-port', ''],
  ['osd-port', '32740'],
])('--%s %j is refused in words', (option, value) => {
  expect(() => serviceSettings({ folder, [option]: value })).toThrow(`--${option} is "${value}" and must be a whole`);
});

test('the last ports that fit are taken', () => {
  expect(serviceSettings({ folder, 's3-port': '32767' }).s3Port).toBe(32_767);
  expect(serviceSettings({ folder, 'osd-port': '32728' }).osdPort).toBe(32_728);
});

test.each<[string, Partial<Record<PortOption, string>>]>([
  ['two engines', { 's3-port': '20000', 'dynamodb-port': '20000' }],
  ["the storage daemon's ports", { 's3-port': '20039', 'osd-port': '20000' }],
])('a port cannot be shared with %s', (_, ports) => {
  expect(() => serviceSettings({ folder, ...ports })).toThrow(/is asked for twice/);
});

test.each(['/a"b', '/a;b', '/a#b', '/a,b', '/a\nb', '/$home'])('a folder that is called %j is refused', (name) => {
  expect(() => serviceSettings({ folder: name })).toThrow(/cannot express: name another one with --folder/);
});
