import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type BundleName, build, bundleFolder } from '../../lib/bundles.ts';
import { folderBytes } from '../../lib/native-packages.ts';

const NAMES: readonly BundleName[] = ['ingest', 'analyse', 'api', 'sweep'];

/** Beyond this the api starts slower than a request should wait. */
const MAX_API_BYTES = 600_000;

/** Each is built once for all tests, and a second time for one of them. */
const built = new Map(NAMES.map((name) => [name, lazily(() => build(name))]));
const bundle = (name: BundleName) => (built.get(name) ?? (() => build(name)))();

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(NAMES)('the bundle of %s', (name) => {
  test('is the same at every synth, in memory as in its folder', () => {
    const first = bundle(name).files;
    const second = build(name).files;
    const folder = bundleFolder({ name });
    expect([...first.keys()].sort()).toEqual(['index.mjs', 'index.mjs.map']);
    for (const [file, bytes] of first) {
      expect(hash(second.get(file) ?? new Uint8Array())).toBe(hash(bytes));
      expect(hash(readFileSync(join(folder, file)))).toBe(hash(bytes));
    }
  });

  test('tells nothing of the machine that it was made on', () => {
    for (const bytes of bundle(name).files.values()) {
      expect(new TextDecoder().decode(bytes)).not.toContain(join(import.meta.dirname, '..', '..'));
    }
  });

  test('has no native code inside, and of the embedded host nothing but the page', () => {
    const inputs = Object.keys(bundle(name).metafile.inputs);
    expect(inputs).toContain(`lambdas/${name}/handler.ts`);
    expect(
      inputs.filter((file) => /lmdb|chokidar|node-av\/|@seydx|adapters\/embedded\/(file|lmdb|folder)/.test(file)),
    ).toEqual([]);
  });
});

test.each(NAMES)('what %s left out is asked for on need only, never when it starts', (name) => {
  const left = Object.values(bundle(name).metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path }) => external && !isBuiltin(path));
  expect(left.map(({ path }) => path)).toContain('@aws-sdk/credential-provider-ini');
  expect(left.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
});

test('only analyse asks for the native decoder', () => {
  const asking = NAMES.filter((name) =>
    Object.values(bundle(name).metafile.outputs).some(({ imports }) =>
      imports.some(({ path }) => /^node-av/.test(path)),
    ),
  );
  expect(asking).toEqual(['analyse']);
});

test(`the api has at most ${MAX_API_BYTES} bytes`, () => {
  expect(bundle('api').files.get('index.mjs')?.length).toBeLessThanOrEqual(MAX_API_BYTES);
});

test('the api carries the page and the description of the API, packed', () => {
  const code = new TextDecoder().decode(bundle('api').files.get('index.mjs'));
  expect(code).not.toContain('CUEPOINT_WEB_PAGE');
  // The longest text in base64 is theirs.
  const texts = [...code.matchAll(/"([A-Za-z0-9+/=]{2000,})"/g)].map(([, text = '']) => text);
  const packed = texts.sort((a, b) => b.length - a.length)[0] ?? '';
  const files = JSON.parse(brotliDecompressSync(Buffer.from(packed, 'base64')).toString());
  expect(Object.keys(files).sort()).toEqual(['/', '/v1/docs', '/v1/openapi.json', '/web/join.js', '/web/page.js']);
});

test('without native code a folder is small enough for Lambda by far', () => {
  expect(folderBytes(bundleFolder({ name: 'ingest' }))).toBeLessThan(20 * 2 ** 20);
});
