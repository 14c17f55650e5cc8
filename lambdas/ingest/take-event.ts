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
  event: IngestEvent,
  { isLast }: { readonly isLast: boolean },
): Promise<IngestOutcome> {
  const { key } = event;
  try {
    const sequencer = event.sequencer === '' ? (await eventFor(context, key)).sequencer : event.sequencer;
    return await ingestSource(context, { ...event, sequencer });
  } catch (error) {
    if (isLast) {
      await giveUpIngest(context, key, error).catch((cause: unknown) => {
        context.log.error('failure_not_recorded', { key, error: cause });
      });
    }
    throw error;
  }
}
