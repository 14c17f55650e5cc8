import { startHost } from '../../server/host.ts';
import { hostLog } from '../../server/host-log.ts';
import type { Settings } from '../../server/settings.ts';
import { CHUNKING_OPTIONS, chunkingOf } from './chunking-options.ts';
import { type Command, foldersOf, type OptionValues, text, UsageError } from './command.ts';

const DEFAULT_PORT = '8710';
const DEFAULT_HOST = '127.0.0.1';

export const serve: Command = {
  name: 'serve',
  usage:
    '[--port N] [--host H] [--public-url URL] [--chunk-seconds S | --chunk-bytes N | --chunk-silences] [--location objects|windows]',
  summary: 'serve the source folder over HTTP and ingest whatever is put into it',
  details: `Watches the source folder; every file in it becomes a track. An empty folder gets a short demo track.

  --port N            port to listen on (${DEFAULT_PORT}; 0 takes a free one)
  --host H            address to listen on (${DEFAULT_HOST})
  --public-url URL    how clients reach this host, when not by the address it listens on
  --chunk-seconds S   cut chunks of S seconds (10); kept in the data folder, as are the next three
  --chunk-bytes N     cut chunks of at most N bytes instead
  --chunk-silences    end chunks in silences instead, once a track is analysed; until then it is cut by duration. With
                      --silence-db D (60), --silence-ms M (500): silent is what stays D dB below full scale for M ms;
                      --min-seconds S (5), --max-seconds S (30): no chunk is shorter, or longer
  --location L        objects: each chunk an object of its own (default); windows: ranges of one copy of the source
  --max-bytes-per-second N  send each answer no faster than this, after its first second
  --allow-origin O    only pages of these origins, separated by commas, may read answers (default: any)
  --processes N       so many processes answer, beside the one that ingests (default: that one answers, too)
  --verbose           a line for every request`,
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    'public-url': { type: 'string' },
    ...CHUNKING_OPTIONS,
    location: { type: 'string' },
    'max-bytes-per-second': { type: 'string' },
    'allow-origin': { type: 'string' },
    processes: { type: 'string' },
    verbose: { type: 'boolean' },
  },
  async run({ values, terminal }) {
    if (text(values, 'stack') !== undefined)
      throw new UsageError('a stack serves itself; serve is for the folders of this machine');
    const folders = await foldersOf(values);
    const publicUrl = text(values, 'public-url');
    const host = await startHost({
      ...folders,
      port: portOf(values),
      host: text(values, 'host') ?? DEFAULT_HOST,
      ...(publicUrl === undefined ? {} : { publicUrl: publicUrlOf(publicUrl) }),
      ...maxBytesPerSecondOf(values),
      ...allowedOriginsOf(values),
      ...processesOf(values),
      log: hostLog(values.verbose === true),
      logsRequests: values.verbose === true,
      settings: { ...settingsOf(values), sourceFolder: folders.sourceFolder },
    });
    terminal.result({ url: host.url, ...folders }, () =>
      [`Cuepoint is running at ${host.url}`, `Put audio files into ${folders.sourceFolder}`].join('\n'),
    );
    await stopSignal();
    await host.close();
    return 0;
  },
};

function portOf(values: OptionValues): number {
  const port = text(values, 'port') ?? DEFAULT_PORT;
  if (/^\d{1,5}$/.test(port) && Number(port) < 65_536) return Number(port);
  throw new UsageError(`--port is ${JSON.stringify(port)}; expected a number from 0 to 65535`);
}

function publicUrlOf(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // Links begin at the root: below a path nothing of it would be found.
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new UsageError(
    `--public-url is ${JSON.stringify(value)}; expected a scheme and a host without a path, such as https://audio.example.org`,
  );
}

function maxBytesPerSecondOf(values: OptionValues): { maxBytesPerSecond?: number } {
  const rate = text(values, 'max-bytes-per-second');
  if (rate === undefined) return {};
  if (/^[1-9]\d{0,14}$/.test(rate)) return { maxBytesPerSecond: Number(rate) };
  throw new UsageError(`--max-bytes-per-second is ${JSON.stringify(rate)}; expected a whole number from 1 on`);
}

function processesOf(values: OptionValues): { processes?: number } {
  const count = text(values, 'processes');
  if (count === undefined) return {};
  if (/^[1-9]\d?$/.test(count)) return { processes: Number(count) };
  throw new UsageError(`--processes is ${JSON.stringify(count)}; expected a number from 1 to 99`);
}

function allowedOriginsOf(values: OptionValues): { allowedOrigins?: readonly string[] } {
  const origins = text(values, 'allow-origin')?.split(',');
  if (origins === undefined) return {};
  for (const origin of origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw new UsageError(
      `--allow-origin is ${JSON.stringify(origin)}; expected an origin such as https://player.example`,
    );
  }
  return { allowedOrigins: origins };
}

/** Only what was asked for: the rest stays as the data folder has it. */
function settingsOf(values: OptionValues): Partial<Settings> {
  const chunking = chunkingOf(values);
  const location = text(values, 'location');
  if (location !== undefined && location !== 'objects' && location !== 'windows') {
    throw new UsageError(`--location is ${JSON.stringify(location)}; expected objects or windows`);
  }
  return {
    ...(chunking === undefined ? {} : { chunking }),
    ...(location === undefined ? {} : { location }),
  };
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
