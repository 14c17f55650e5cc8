/**
 * The packages that hold native code, and how they get beside a bundle. esbuild cannot bundle a shared library, and the one
 * that belongs there is that of the function's processor, not of this machine's.
 */
import { constants, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Processor } from './processor.ts';

/** Lambda refuses a function whose files come to more than this, unzipped. */
export const MAX_UNZIPPED_BYTES = 250 * 2 ** 20;

const BINDING = 'node-av';

/** What the low-level half of the binding loads; its other half, declarations and maps stay behind. */
const BINDING_PARTS = ['package.json', 'LICENSE.md', 'dist/lib', 'dist/constants', 'dist/utils'];

/** For esbuild: these are found beside the bundle when they are asked for. */
export const NATIVE_EXTERNALS: readonly string[] = [BINDING, `${BINDING}/*`];

/**
 * Copies the native decoder for Linux on `processor` into `folder`/node_modules, from the node_modules at or above `from`.
 * Throws, with the npm command to run, when it is not installed or its two halves are of different versions.
 */
export function copyNativePackages(folder: string, processor: Processor, from: string): void {
  const libraryName = `@seydx/node-av-linux-${processor}`;
  const binding = installedPackage(from, BINDING);
  if (binding === undefined) {
    throw new Error(
      `native decoding needs the package ${BINDING}, which is not installed; run: npm install ${BINDING}`,
    );
  }
  const library = installedPackage(from, libraryName);
  if (library?.version !== binding.version) {
    const found = library === undefined ? 'is not installed' : `is of version ${library.version}`;
    throw new Error(
      `native decoding on ${processor} needs ${libraryName} ${binding.version}, which ${found}; run: ` +
        `npm install --no-save --force ${libraryName}@${binding.version} ` +
        '(or deploy without nativeDecoding: WMA files then end as failed, all others are served)',
    );
  }
  for (const part of BINDING_PARTS)
    copyChanged(join(binding.folder, part), join(folder, 'node_modules', BINDING, part));
  copyChanged(library.folder, join(folder, 'node_modules', libraryName));
}

type InstalledPackage = { readonly folder: string; readonly version: string };

/** As Node looks for it. Not by `require.resolve`: the packages do not export their own package.json. */
function installedPackage(from: string, name: string): InstalledPackage | undefined {
  for (let parent = from; ; parent = dirname(parent)) {
    const folder = join(parent, 'node_modules', name);
    const file = join(folder, 'package.json');
    if (existsSync(file)) return { folder, version: versionOf(readFileSync(file, 'utf8')) };
    if (dirname(parent) === parent) return undefined;
  }
}

function versionOf(packageJson: string): string {
  const parsed: unknown = JSON.parse(packageJson);
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

/** Copies what differs in length or is newer: the library has 170 MB, and is the same at every synth. */
function copyChanged(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, {
    recursive: true,
    preserveTimestamps: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => isWanted(source) && isChanged(source, join(to, relative(from, source))),
  });
}

function isWanted(file: string): boolean {
  return !/\.(map|d\.ts|md)$/.test(file) || file.endsWith('LICENSE.md');
}

function isChanged(source: string, target: string): boolean {
  const there = statSync(target, { throwIfNoEntry: false });
  const wanted = statSync(source);
  return there === undefined || wanted.isDirectory() || there.size !== wanted.size || there.mtimeMs < wanted.mtimeMs;
}

/** The bytes of all files below `folder`. */
export function folderBytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
