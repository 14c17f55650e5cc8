/**
 * The functions' code as Lambda gets it: one ES module each, everything inside but native code. The same sources give the
 * same bytes at every synth and on every machine, so that only what changed is deployed.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { buildSync, type Metafile } from 'esbuild';
import type { WebFile } from '../lambdas/api/web-page.ts';
import { webFiles } from '../server/web-files.ts';
import { copyNativePackages, folderBytes, MAX_UNZIPPED_BYTES, NATIVE_EXTERNALS } from './native-packages.ts';
import type { Processor } from './processor.ts';

export type BundleName = 'ingest' | 'analyse' | 'api' | 'sweep';

export type BundleOptions = {
  readonly name: BundleName;
  /** Put the native decoder for this processor beside the code. */
  readonly native?: Processor;
};

/** Lambda's name of what the function is entered by. */
export const BUNDLE_HANDLER = 'index.handler';

const PACKAGE_ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Inside the package, so that the paths in source maps are the same wherever the package lies. Ignored by git. */
const STAGING_FOLDER = join(PACKAGE_ROOT, '.bundles');

/** Some packages are CommonJS inside and ask for Node's own modules by `require`, which ES modules do not have. */
const REQUIRE = "import{createRequire as bundleRequire}from'node:module';const require=bundleRequire(import.meta.url);";

/**
 * The AWS SDK imports these when it finds no credentials in the environment: from profiles, single sign-on, containers, EC2.
 * Lambda always has them in the environment. Left out they are a seventh of the api's bundle.
 */
const UNUSED_CREDENTIAL_SOURCES = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

const made = new Map<string, string>();

/**
 * Builds one function's bundle and gives the folder it is in: `index.mjs`, its source map and, with `native`, node_modules.
 * Made once a process. Throws when a source does not build, when the native packages are not installed, and when the folder
 * is larger than what Lambda takes.
 */
export function bundleFolder({ name, native }: BundleOptions): string {
  const folderName = native === undefined ? name : `${name}-${native}`;
  const known = made.get(folderName);
  if (known !== undefined) return known;
  const folder = join(STAGING_FOLDER, folderName);
  mkdirSync(folder, { recursive: true });
  for (const [fileName, contents] of build(name).files) writeChanged(join(folder, fileName), contents);
  if (native === undefined) rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  else copyNativePackages(folder, native, PACKAGE_ROOT);
  refuseTooLarge(folder, name);
  made.set(folderName, folder);
  return folder;
}

/** A bundle's files in memory, by name, and which sources went into them with how many bytes. */
export function build(name: BundleName): { files: ReadonlyMap<string, Uint8Array>; metafile: Metafile } {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: [join('lambdas', name, 'handler.ts')],
    outfile: join(relative(PACKAGE_ROOT, STAGING_FOLDER), name, 'index.mjs'),
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: [...NATIVE_EXTERNALS, ...UNUSED_CREDENTIAL_SOURCES],
    banner: { js: REQUIRE },
    // The page has no files beside it there: the api carries them in itself.
    define: name === 'api' ? { CUEPOINT_WEB_PAGE: JSON.stringify(packed(webFiles(buildSync))) } : {},
    minify: true,
    legalComments: 'none',
    // Lines and names are enough for a stack trace; the sources themselves are in the repository.
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
  });
  return { files: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])), metafile };
}

/** Text is a fifth of its size then, and less when all of it is packed as one. */
function packed(files: Readonly<Record<string, WebFile>>): string {
  return brotliCompressSync(JSON.stringify(files)).toString('base64');
}

/** By rename, and not at all when it is there already: another synth may be reading the folder. */
function writeChanged(file: string, contents: Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(contents)) return;
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, contents);
  renameSync(fresh, file);
}

function refuseTooLarge(folder: string, name: BundleName): void {
  const byteLength = folderBytes(folder);
  if (byteLength <= MAX_UNZIPPED_BYTES) return;
  throw new Error(
    `the bundle of ${name} has ${byteLength} bytes, and Lambda takes ${MAX_UNZIPPED_BYTES} at most, unzipped; ` +
      'leave packages out, or deploy without nativeDecoding',
  );
}
