import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAssembly } from './assembly.ts';
import { readFunction } from './function-definition.ts';
import { PhysicalNames } from './physical-names.ts';
import type { PlainProperties } from './plain-values.ts';
import { probeTemplate } from './probe/probe-assembly.ts';
import { Template } from './template.ts';

const names = new PhysicalNames({ stackName: 'Probe', suffix: 'abc', queueOrigin: 'http://127.0.0.1:21000' });

describe('an assembly', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cuepoint-assembly-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, value: object) => writeFileSync(join(folder, name), JSON.stringify(value));
  const stack = (templateFile: string) => ({ type: 'aws:cloudformation:stack', properties: { templateFile } });

  test('gives the template of its stack and the folders of its assets', () => {
    mkdirSync(join(folder, 'asset.1'));
    write('manifest.json', {
      artifacts: {
        One: stack('one.json'),
        'One.assets': { type: 'cdk:asset-manifest', properties: { file: 'a.json' } },
      },
    });
    write('one.json', { Resources: {} });
    const destinations = { here: { objectKey: '1.zip' } };
    write('a.json', { files: { 1: { source: { path: 'asset.1', packaging: 'zip' }, destinations } } });
    const assembly = readAssembly(folder);
    expect(assembly).toMatchObject({ stackName: 'One', template: { Resources: {} } });
    expect(assembly.assetFolders.get('1.zip')).toBe(join(folder, 'asset.1'));
  });

  test('with several stacks has to be told which', () => {
    write('manifest.json', { artifacts: { One: stack('one.json'), Two: stack('two.json') } });
    write('two.json', { Resources: {} });
    expect(() => readAssembly(folder)).toThrow(/One, Two; expected one/);
    expect(readAssembly(folder, 'Two').stackName).toBe('Two');
    expect(() => readAssembly(folder, 'Three')).toThrow(/named Three: none/);
  });

  test('that is none says what to do', () => {
    expect(() => readAssembly(folder)).toThrow(/npm run synth/);
  });
});

describe('a function', () => {
  function read(change: PlainProperties) {
    const base = probeTemplate({});
    const resources = base.Resources as Record<string, { Type: string; Properties: PlainProperties }>;
    const lambda = resources.Probe00000001;
    const changed = { ...lambda, Properties: { ...lambda?.Properties, ...change } };
    const template: PlainProperties = {
      ...base,
      Resources: { ...resources, Probe00000001: changed } as PlainProperties,
    };
    const assembly = { folder: '', stackName: 'Probe', template, assetFolders: new Map([['probe.zip', tmpdir()]]) };
    const loaded = new Template(assembly, { names });
    const [resource] = loaded.ofType('AWS::Lambda::Function');
    if (resource === undefined) throw new Error('the template has no function');
    return readFunction(loaded, resource);
  }

  test('is read with its limits, and Lambda’s where it is silent', () => {
    expect(read({ MemorySize: 512, Timeout: 7 })).toMatchObject({
      memoryMegabytes: 512,
      timeoutMs: 7000,
      reservedConcurrency: undefined,
      environment: { TABLE: 'probe-items-00000001-abc' },
    });
  });

  const refused: [name: string, change: PlainProperties, message: RegExp][] = [
    ['another runtime', { Runtime: 'python3.13' }, /runtime python3\.13/],
    ['code that is no asset', { Code: { S3Bucket: 'b', S3Key: 'other.zip' } }, /other\.zip, is not among the assets/],
    ['names that Lambda keeps for itself', { Environment: { Variables: { AWS_REGION: 'x' } } }, /AWS_REGION/],
    ['more environment than Lambda takes', { Environment: { Variables: { A: 'x'.repeat(4096) } } }, /4097 bytes/],
  ];
  test.each(refused)('with %s stops the cloud', (_name, change, message) => {
    expect(() => read(change)).toThrow(message);
  });
});
