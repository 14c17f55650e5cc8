import { stat } from 'node:fs/promises';
import type { TrackView } from '../../lambdas/api/track-view.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { AddedSubtitles, LocalFile } from '../place.ts';
import { table } from '../terminal.ts';
import { type Command, text, UsageError, withPlace } from './command.ts';
import { durationText } from './track-texts.ts';

const WELL: ReadonlySet<string> = new Set(['playable', 'ready', 'subtitles']);

export const add: Command = {
  name: 'add',
  usage: 'FILE… [--folder PATH]',
  summary: 'put files among the sources and ingest them',
  details: `Files that lie in the source folder already are ingested where they are. A file of the same name is replaced.
With --stack they are uploaded to its source bucket; an upload that was interrupted goes on when the same is added again.
A file that cannot be added does not keep the others from it. Subtitles (.vtt, .srt, .lrc) are put
beside the audio of the same name and become its subtitles.

  --folder PATH   folder below the source folder, or in the bucket, to put them in`,
  options: { folder: { type: 'string' } },
  async run(invocation) {
    const { positionals, values, terminal } = invocation;
    if (positionals.length === 0) throw new UsageError('expected at least one file');
    const folder = (text(values, 'folder') ?? '').replace(/^\/+|\/+$/g, '');
    return withPlace(
      invocation,
      async (place) => {
        const results: Added[] = [];
        for (const file of positionals) {
          try {
            results.push(await place.add(await localFile(file), folder, terminal));
          } catch (error) {
            results.push({ file, ...failureOf(error) });
          } finally {
            terminal.endProgress();
          }
        }
        terminal.result(results, () => resultTable(results));
        return results.every(isWell) ? 0 : 1;
      },
      { keepsSource: true },
    );
  },
};

/** What became of one file: its track, or why there is none. `file` is as it was typed. */
type Added = TrackView | AddedSubtitles | (Failure & { readonly file: string });

function isWell(result: Added): boolean {
  return 'status' in result && WELL.has(result.status);
}

async function localFile(file: string): Promise<LocalFile> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new CuepointError('source_missing', `${file} is not a file; name audio files to add`);
  return { file, byteLength: info.size };
}

function resultTable(results: readonly Added[]): string {
  return table(
    ['path', 'status', '>duration', '>chunks', 'notes'],
    results.map((result) =>
      'file' in result ? [result.file, 'not added', '', '', `${result.code}: ${result.error}`] : resultRow(result),
    ),
  );
}

function resultRow(view: TrackView | AddedSubtitles): string[] {
  if (view.status === 'subtitles') return [view.path, view.status, '', '', ''];
  const notes = [view.reason, ...view.warnings].flatMap((note) => (note ? [`${note.code}: ${note.message}`] : []));
  return [view.path, view.status, durationText(view), String(view.chunkCount ?? ''), notes.join('; ')];
}
