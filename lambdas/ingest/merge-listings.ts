import type { ListedObject, ObjectStore, TrackIndex } from '../core/ports.ts';
import type { TrackRecord } from '../core/track/record.ts';
import { canBeTrack } from '../core/track/source-key.ts';
import { compareUtf8 } from '../core/utf8-order.ts';

const LIST_PAGE = 500;

export type Pair = { readonly path: string; readonly source?: ListedObject; readonly record?: TrackRecord };

/**
 * Walks all sources and all track records side by side, in the order of their paths, one page of each in memory:
 * what is in both comes as one pair, what is in one only comes alone. Subtitles beside the sources are passed over, and so
 * is what comes before or at path `from`.
 */
export async function* mergeListings(
  sources: ObjectStore,
  index: TrackIndex,
  from?: string,
): AsyncGenerator<Pair, void, undefined> {
  const left = listSources(sources, from);
  const right = listRecords(index, from);
  let source = await left.next();
  let record = await right.next();
  while (!source.done || !record.done) {
    const order = source.done ? 1 : record.done ? -1 : compareUtf8(source.value.key, record.value.path);
    if (order < 0 && !source.done) {
      yield { path: source.value.key, source: source.value };
      source = await left.next();
    } else if (order > 0 && !record.done) {
      yield { path: record.value.path, record: record.value };
      record = await right.next();
    } else if (!source.done && !record.done) {
      yield { path: source.value.key, source: source.value, record: record.value };
      source = await left.next();
      record = await right.next();
    }
  }
}

async function* listSources(sources: ObjectStore, from?: string): AsyncGenerator<ListedObject, void, undefined> {
  let after = from;
  do {
    const page = await sources.list({ prefix: '', limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
    for (const object of page.objects) if (canBeTrack(object.key)) yield object;
    after = page.next;
  } while (after !== undefined);
}

async function* listRecords(index: TrackIndex, from?: string): AsyncGenerator<TrackRecord, void, undefined> {
  let after = from;
  do {
    const page = await index.list({
      folder: '',
      limit: LIST_PAGE,
      includeDeleted: true,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.records;
    after = page.next;
  } while (after !== undefined);
}
