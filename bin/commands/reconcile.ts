import type { SourceEvent } from '../../lambdas/core/ports.ts';
import { type ReconcileReport, reconcile } from '../../lambdas/ingest/reconcile.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Place } from '../place.ts';
import { type Command, type Invocation, withPlace } from './command.ts';

export const reconcileCommand: Command = {
  name: 'reconcile',
  usage: '[--retry-failed] [--discard-replaced]',
  summary: 'make tracks and source files agree, and delete what nothing points to',
  details: `Ingests what is missing or was interrupted, retires what is gone, adopts a folder that was there before.
With --stack what is to be ingested is sent to its queue. A file that cannot be read or stored now does not keep the others from it; reconcile again to go on with it.

  --retry-failed       try files again that could not be indexed or were given up, and analyse what is not analysed
  --discard-replaced   do not keep replaced revisions for clients that may still play them`,
  options: { 'retry-failed': { type: 'boolean' }, 'discard-replaced': { type: 'boolean' } },
  run: (invocation) => withPlace(invocation, (place) => reconcileAll(invocation, place), { keepsSource: true }),
};

/** A source whose event was not taken in; the next `reconcile` finds it again. */
type Interrupted = Failure & { readonly path: string; readonly kind: SourceEvent['kind'] };

async function reconcileAll({ values, terminal }: Invocation, place: Place): Promise<number> {
  const { stores } = place;
  const retryFailed = values['retry-failed'] === true;
  const config = values['discard-replaced'] === true ? { ...stores.config, retainReplacedMs: 0 } : stores.config;
  const context = { ...stores, config };
  const interrupted: Interrupted[] = [];
  let queued = 0;
  const report = await reconcile(context, {
    retryFailed,
    analyses: retryFailed,
    chunks: true,
    dispatch: async (event) => {
      try {
        if ((await place.take(event, { retryFailed, analyses: retryFailed, terminal })) === 'queued') queued++;
      } catch (error) {
        interrupted.push({ path: event.key, kind: event.kind, ...failureOf(error) });
      } finally {
        terminal.endProgress();
      }
    },
  });
  terminal.result({ ...report, interrupted, ...(queued > 0 ? { queued } : {}) }, () =>
    reportText(report, interrupted, queued > 0 ? 'queued to be ingested' : 'ingested'),
  );
  return interrupted.length === 0 && report.skipped === 0 ? 0 : 1;
}

function reportText(report: ReconcileReport, interrupted: readonly Interrupted[], done: string): string {
  const missed = (kind: SourceEvent['kind']): number => interrupted.filter((each) => each.kind === kind).length;
  return [
    `${report.sources} sources: ${report.unchanged} unchanged, ${report.stored - missed('stored')} ${done}, ${report.failed} known as failed`,
    ...(report.waiting > 0
      ? [`${report.waiting} sources failed lately and are tried again later, or now with --retry-failed`]
      : []),
    `${report.removed - missed('removed')} tracks without a source retired`,
    `${report.orphansDeleted} objects without a track deleted`,
    ...(report.skipped > 0
      ? [`${report.skipped} could not be looked at, see the messages above; reconcile again`]
      : []),
    ...interrupted.map(({ path, error, code }) => `interrupted: ${path} (${code}: ${error})`),
  ].join('\n');
}
