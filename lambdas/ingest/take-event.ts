import type { IngestOutcome } from './ingest-source.ts';
import { giveUpIngest, ingestSource } from './ingest-source.ts';
import type { IngestContext, IngestEvent } from './ports.ts';
import { eventFor } from './reconcile.ts';

/**
 * Ingests what an event of a queue tells of. An event that does not say when it happened (sequencer '') is taken for the
 * newest: it is the state of the source that counts. With `isLast`, when nobody will try again, the record says why.
 * Throws as `ingestSource` does.
 */
export async function takeEvent(
  context: IngestContext,
  { key, sequencer, rebuild }: IngestEvent,
  { isLast }: { readonly isLast: boolean },
): Promise<IngestOutcome> {
  try {
    const when = sequencer === '' ? (await eventFor(context, key)).sequencer : sequencer;
    return await ingestSource(context, { key, sequencer: when, ...(rebuild === undefined ? {} : { rebuild }) });
  } catch (error) {
    if (isLast) {
      await giveUpIngest(context, key, error).catch((cause: unknown) => {
        context.log.error('failure_not_recorded', { key, error: cause });
      });
    }
    throw error;
  }
}
