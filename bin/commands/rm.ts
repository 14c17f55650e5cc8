import { createInterface } from 'node:readline/promises';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import { type Command, findTrack, type Invocation, text, UsageError, withStores } from './command.ts';

export const rm: Command = {
  name: 'rm',
  usage: 'TRACK… [--yes]',
  summary: 'delete tracks together with their source files',
  details: `Deletes the file in the source folder, or the object in the stack's source bucket (which keeps it as an older version for
a while), and all that was derived from it.

  --yes   do not ask; required where there is no terminal to ask on`,
  options: { yes: { type: 'boolean', short: 'y' } },
  run: (invocation) =>
    withStores(invocation, async (stores) => {
      const { positionals, values, terminal } = invocation;
      if (positionals.length === 0) throw new UsageError('expected at least one track');
      if (values.yes !== true && !process.stdin.isTTY)
        throw new UsageError('nobody is there to be asked whether to delete; pass --yes');
      const records = await Promise.all(positionals.map((name) => findTrack(stores, name)));
      if (
        values.yes !== true &&
        !(await confirmed(
          records.map((record) => record.path),
          placeName(invocation),
        ))
      )
        return 1;
      for (const record of records) {
        await stores.sources.delete(record.path);
        await ingestSource(stores, await eventFor(stores, record.path));
      }
      const removed = records.map(({ trackId, path }) => ({ id: trackId, path }));
      terminal.result({ removed }, () => removed.map(({ path }) => `removed ${path}`).join('\n'));
      return 0;
    }),
};

function placeName({ values }: Invocation): string {
  const stack = text(values, 'stack');
  return stack === undefined ? 'the source folder' : `the source bucket of ${stack}`;
}

async function confirmed(paths: readonly string[], place: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await reader.question(`Delete ${paths.join(', ')} from ${place}? [y/N] `);
  reader.close();
  return /^y(es)?$/i.test(answer.trim());
}
