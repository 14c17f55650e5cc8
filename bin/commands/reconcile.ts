import type { SourceEvent } from '../../lambdas/core/ports.ts';
import { ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import { type ReconcileReport, reconcile } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';
import { type Failure, failureOf } from '../failure.ts';
import { type Command, type Invocation, withStores } from './command.ts';

export const reconcileCommand: Command = {
  name: 'reconcile',
  usage: '[--retry-failed] [--discard-replaced]',
  summary: 'make tracks and source files agree, and delete what nothing points to',
  details: `Ingests what is missing or was interrupted, retires what is gone, adopts a folder that was there before.
A file that cannot be read or stored now does not keep the others from it; reconcile again to go on with it.

  --retry-failed       try files again that could not be indexed
  --discard-replaced   do not keep replaced revisions for clients that may still play them`,
  options: { 'retry-failed': { type: 'boolean' }, 'discard-replaced': { type: 'boolean' } },
  run: (invocation) => withStores(invocation, (stores) => reconcileAll(invocation, stores), { keepsSource: true }),
};

/** A source whose event was not taken in; the next `reconcile` finds it again. */
type Interrupted = Failure & { readonly path: string; readonly kind: SourceEvent['kind'] };

async function reconcileAll({ values, terminal }: Invocation, stores: EmbeddedStores): Promise<number> {
  const retryFailed = values['retry-failed'] === true;
  const config = values['discard-replaced'] === true ? { ...stores.config, retainReplacedMs: 0 } : stores.config;
  const context = { ...stores, config };
  const interrupted: Interrupted[] = [];
  const report = await reconcile(context, {
    retryFailed,
    dispatch: async (event) => {
      try {
        await ingestSource(context, {
          ...event,
          retryFailed,
          onProgress: (progress) => terminal.progress(event.key, progress),
        });
      } catch (error) {
        interrupted.push({ path: event.key, kind: event.kind, ...failureOf(error) });
      } finally {
        terminal.endProgress();
      }
    },
  });
  terminal.result({ ...report, interrupted }, () => reportText(report, interrupted));
  return interrupted.length === 0 ? 0 : 1;
}

function reportText(report: ReconcileReport, interrupted: readonly Interrupted[]): string {
  const missed = (kind: SourceEvent['kind']): number => interrupted.filter((each) => each.kind === kind).length;
  return [
    `${report.sources} sources: ${report.unchanged} unchanged, ${report.stored - missed('stored')} ingested, ${report.failed} known as failed`,
    `${report.removed - missed('removed')} tracks without a source retired`,
    `${report.orphansDeleted} objects without a track deleted`,
    ...interrupted.map(({ path, error, code }) => `interrupted: ${path} (${code}: ${error})`),
  ].join('\n');
}
