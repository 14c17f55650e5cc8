import { join, resolve } from 'node:path';
import { type PlayableTrack, TrackReader } from '../../lambdas/api/track-reader.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import type { Log } from '../../lambdas/core/ports.ts';
import { trackIdOf } from '../../lambdas/core/track/identity.ts';
import type { TrackRecord } from '../../lambdas/core/track/record.ts';
import { type Folders, openEmbeddedStores } from '../../server/embedded-stores.ts';
import { PROJECT_FOLDER } from '../../server/project-folder.ts';
import { storedSettings } from '../../server/settings.ts';
import { EmbeddedPlace } from '../embedded-place.ts';
import type { Place } from '../place.ts';
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

/** The folders that the options name, else those that were served or filled last. Absolute: they outlive this process. */
export async function foldersOf(values: OptionValues): Promise<Folders> {
  const dataFolder = resolve(text(values, 'data') ?? join(PROJECT_FOLDER, 'data'));
  const stored = await storedSettings(dataFolder);
  const sourceFolder = resolve(text(values, 'source') ?? stored.sourceFolder ?? join(dataFolder, 'source'));
  return { dataFolder, sourceFolder };
}

/** What a command does to the settings of a data folder. */
export type PlaceOptions = {
  /**
   * The command makes tracks of a source folder; one that was named is kept in the settings, else the next `reconcile`
   * without it would look into another folder and retire them all.
   */
  readonly keepsSource?: boolean;
};

/** Opens the place that the options name for one command, and closes it after it, whatever happens. */
export async function withPlace<Result>(
  invocation: Invocation,
  use: (place: Place) => Promise<Result>,
  { keepsSource = false }: PlaceOptions = {},
): Promise<Result> {
  const { values, terminal } = invocation;
  const stack = text(values, 'stack');
  if (stack !== undefined) return withStack(invocation, stack, use);
  if (text(values, 'stack-outputs') !== undefined) {
    throw new UsageError('--stack-outputs tells where a stack is described; name the stack with --stack');
  }
  const folders = await foldersOf(values);
  const kept = keepsSource && text(values, 'source') !== undefined ? { sourceFolder: folders.sourceFolder } : {};
  const stores = await openEmbeddedStores(folders, quietLog(terminal), kept);
  try {
    return await use(new EmbeddedPlace(stores, folders));
  } finally {
    await stores.close();
  }
}

async function withStack<Result>(
  { values, terminal }: Invocation,
  name: string,
  use: (place: Place) => Promise<Result>,
): Promise<Result> {
  for (const local of ['source', 'data']) {
    if (text(values, local) !== undefined)
      throw new UsageError(`--${local} names a folder of this machine, --stack a deployed stack; give one of them`);
  }
  const outputsFile = text(values, 'stack-outputs');
  // Loaded on first need: most runs of the command line have nothing to do with AWS.
  const { openStack } = await import('../stack/open-stack.ts');
  const stack = await openStack({ name, ...(outputsFile === undefined ? {} : { outputsFile }) }, quietLog(terminal));
  try {
    return await use(stack.place);
  } finally {
    stack.close();
  }
}

/** The same for commands that need the stores alone. */
export function withStores<Result>(
  invocation: Invocation,
  use: (stores: Place['stores']) => Promise<Result>,
): Promise<Result> {
  return withPlace(invocation, ({ stores }) => use(stores));
}

/** The track that a person names by id or by path. Throws `track_not_found`. */
export async function findTrack(stores: Place['stores'], name: string): Promise<TrackRecord> {
  const record =
    (await stores.index.get(name)) ?? (await stores.index.get(await trackIdOf(stores.config.bucket, name)));
  if (record && record.deletedAtMs === undefined) return record;
  throw new CuepointError(
    'track_not_found',
    `there is no track ${JSON.stringify(name)}; cuepoint ls shows all ids and paths`,
  );
}

/** The same, if it can be played. Throws `track_failed` and `track_ingesting` too. */
export async function playableTrack(stores: Place['stores'], name: string): Promise<PlayableTrack> {
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
