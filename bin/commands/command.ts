import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PlayableTrack, TrackReader } from '../../lambdas/api/track-reader.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { Log } from '../../lambdas/core/ports.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import { type EmbeddedStores, type Folders, openEmbeddedStores } from '../../server/embedded-stores.ts';
import { storedSettings } from '../../server/settings.ts';
import type { Terminal } from '../terminal.ts';

export type OptionValues = Readonly<Record<string, string | boolean | undefined>>;

export type Invocation = {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  readonly terminal: Terminal;
};

export type Command = {
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** What `--help` adds. */
  readonly details: string;
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly short?: string }>>;
  run(invocation: Invocation): Promise<number>;
};

/** The command was asked for wrongly; its usage is shown. */
export class UsageError extends Error {}

const PROJECT_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** The folders that the options name, else those that were served or filled last. Absolute: they outlive this process. */
export async function foldersOf(values: OptionValues): Promise<Folders> {
  const dataFolder = resolve(text(values, 'data') ?? join(PROJECT_FOLDER, 'data'));
  const stored = await storedSettings(dataFolder);
  const sourceFolder = resolve(text(values, 'source') ?? stored.sourceFolder ?? join(dataFolder, 'source'));
  return { dataFolder, sourceFolder };
}

/**
 * Opens the stores for one command and closes them after it, whatever happens. `keepsSource`: the command makes tracks
 * of a source folder; one that was named is kept in the settings, else the next `reconcile` without it would look into
 * another folder and retire them all.
 */
export async function withStores<Result>(
  { values, terminal }: Invocation,
  use: (stores: EmbeddedStores, folders: Folders) => Promise<Result>,
  { keepsSource = false }: { readonly keepsSource?: boolean } = {},
): Promise<Result> {
  const folders = await foldersOf(values);
  const kept = keepsSource && text(values, 'source') !== undefined ? { sourceFolder: folders.sourceFolder } : {};
  const stores = await openEmbeddedStores(folders, quietLog(terminal), kept);
  try {
    return await use(stores, folders);
  } finally {
    await stores.close();
  }
}

/** The track that a person names by id or by path. Throws `track_not_found`. */
export async function findTrack(stores: EmbeddedStores, name: string): Promise<TrackRecord> {
  const record =
    (await stores.index.get(name)) ?? (await stores.index.get(await trackIdOf(stores.config.bucket, name)));
  if (record && record.deletedAtMs === undefined) return record;
  throw new CuepointError(
    'track_not_found',
    `there is no track ${JSON.stringify(name)}; cuepoint ls shows all ids and paths`,
  );
}

/** The same, if it can be played. Throws `track_failed` and `track_ingesting` too. */
export async function playableTrack(stores: EmbeddedStores, name: string): Promise<PlayableTrack> {
  const { trackId } = await findTrack(stores, name);
  return new TrackReader({ ...stores, config: { ...stores.config, headMaxAgeMs: 0 } }).playable(trackId);
}

/** The one positional argument. */
export function onlyArgument({ positionals }: Invocation, what: string): string {
  const [argument, ...others] = positionals;
  if (argument === undefined || others.length > 0)
    throw new UsageError(`expected one ${what}, got ${positionals.length}`);
  return argument;
}

export function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** Commands answer by themselves; only what went wrong on the way is worth a line. */
function quietLog(terminal: Terminal): Log {
  return {
    info: () => undefined,
    warn: () => undefined,
    error: (event, fields) => terminal.note(`${event} ${JSON.stringify(fields ?? {})}`),
  };
}
