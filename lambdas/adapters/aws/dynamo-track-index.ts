import { randomBytes } from 'node:crypto';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CuepointError } from '../../core/errors.ts';
import type { TrackIndex } from '../../core/ports.ts';
import type { TrackRecord } from '../../core/track/record.ts';
import { compareUtf8 } from '../../core/utf8-order.ts';
import { fromAttribute, toAttribute } from './document.ts';
import { DynamoIndexPages } from './dynamo-index-pages.ts';
import { failing, type Item, type ListingEntry, listed, readItems, type Table } from './dynamo-table.ts';
import { highest, LOWEST, lowestAfter, MAX_LISTING_KEY_BYTES } from './listing-key.ts';
import { failureName, serviceFailure } from './service-failure.ts';
import {
  DELETED_PARTITION,
  LISTING_PARTITION,
  LISTING_SORT,
  PARTITION_KEY,
  SORT_KEY,
  TRACK_SORT,
  TRACKS_PARTITION,
} from './table-layout.ts';

/** The character after the slash: `x0` sorts right behind all that lies below the folder `x`. */
const AFTER_SLASH = '0';

/** Names one write. 72 random bits: those of one version of one track never meet. */
const WRITER_BYTES = 9;

type Listing = { folder: string; after?: string; limit: number; includeDeleted?: boolean };

/**
 * Tracks and pages in one table, see table-layout.ts.
 *
 * Records and pages are read consistently. Only the order of a listing comes from the index, which follows the table within
 * moments: what `list` gives is as new as the table, but a track that was just made may not be among it yet, and neither may
 * pages be in `listPagedRevisions`. Reconciling, which is who must not be wrong, asks `get` again before it acts: an event
 * made up for a track that is there already changes nothing, and pages that are not listed yet are swept the next time.
 *
 * All live tracks share one partition of the index. It takes 1,000 writes a second, of which a track causes one when
 * it comes and two when it goes or comes back (its progress is not projected); what is more is throttled, hence
 * `unavailable`, and the queue's redelivery spreads it out.
 */
export class DynamoTrackIndex implements TrackIndex {
  readonly #table: Table;
  readonly #pages: DynamoIndexPages;

  constructor({ client, table }: { readonly client: DynamoDBClient; readonly table: string }) {
    this.#table = { client, table };
    this.#pages = new DynamoIndexPages(this.#table);
  }

  async get(trackId: string): Promise<TrackRecord | undefined> {
    const command = new GetItemCommand({ TableName: this.#table.table, Key: recordKey(trackId), ConsistentRead: true });
    const { Item } = await this.#table.client.send(command).catch(failing('reading a record'));
    return Item && toRecord(Item);
  }

  async put(record: TrackRecord): Promise<boolean> {
    checkPath(record.path);
    const writer = randomBytes(WRITER_BYTES).toString('base64url');
    const condition =
      record.version === 1
        ? { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': PARTITION_KEY } }
        : versionIs(record.version - 1);
    const command = new PutItemCommand({
      TableName: this.#table.table,
      Item: toItem(record, writer),
      ...condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#table.client.send(command);
      return true;
    } catch (error) {
      // The client tries again when an answer got lost, and then finds what it wrote itself.
      if (error instanceof ConditionalCheckFailedException) return error.Item?.writer?.S === writer;
      throw isTooLarge(error) ? tooLarge(record, error) : serviceFailure(error, 'storing a record');
    }
  }

  async remove(trackId: string, version: number): Promise<boolean> {
    const TableName = this.#table.table;
    const command = new DeleteItemCommand({ TableName, Key: recordKey(trackId), ...versionIs(version) });
    try {
      await this.#table.client.send(command);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw serviceFailure(error, 'removing a record');
    }
  }

  async list(options: Listing): Promise<{ records: TrackRecord[]; next?: string }> {
    const entries: ListingEntry[] = [];
    let next: string | undefined;
    for await (const entry of this.#entries(options)) {
      const last = entries.at(-1);
      // On its way from one partition of the index to the other, a track may be in both.
      if (last?.sort === entry.sort) continue;
      if (entries.length >= options.limit) {
        next = last?.sort;
        break;
      }
      entries.push(entry);
    }
    const items = await readItems(
      this.#table,
      entries.map(({ trackId }) => recordKey(trackId)),
    );
    const records = items
      .map(toRecord)
      // The index may be behind.
      .filter(({ deletedAtMs }) => deletedAtMs === undefined || options.includeDeleted === true)
      .sort((left, right) => compareUtf8(left.path, right.path));
    return next === undefined ? { records } : { records, next };
  }

  putPage(trackId: string, revision: string, pageNumber: number, page: Uint8Array): Promise<void> {
    return this.#pages.put(trackId, revision, pageNumber, page);
  }

  getPage(trackId: string, revision: string, pageNumber: number): Promise<Uint8Array | undefined> {
    return this.#pages.get(trackId, revision, pageNumber);
  }

  deletePages(trackId: string, revision: string): Promise<void> {
    return this.#pages.delete(trackId, revision);
  }

  listPagedRevisions(options: { after?: string; limit: number }): Promise<{
    revisions: { trackId: string; revision: string }[];
    next?: string;
  }> {
    return this.#pages.listRevisions(options);
  }

  async *#entries({ folder, after, limit, includeDeleted }: Listing): AsyncGenerator<ListingEntry, void, undefined> {
    const span = pathSpan(folder, after);
    if (span === undefined) return;
    // One more than asked for tells whether there is a next page; the bounds themselves do not count.
    const inPartition = (partition: string) => listed(this.#table, { partition, ...span }, limit + 3);
    const tracks = inPartition(TRACKS_PARTITION);
    const merged = includeDeleted ? mergedBySort(tracks, inPartition(DELETED_PARTITION)) : tracks;
    for await (const entry of merged) {
      const isAfter = after === undefined || compareUtf8(entry.sort, after) > 0;
      if (isAfter && (folder === '' || entry.sort.startsWith(`${folder}/`))) yield entry;
    }
  }
}

/** Bounds of the paths below `folder` and after `after`; `undefined` where no path can be. */
function pathSpan(folder: string, after: string | undefined): { low: string; high: string } | undefined {
  const first = folder === '' ? LOWEST : `${folder}/`;
  const behind = folder === '' ? highest() : folder + AFTER_SLASH;
  if (Buffer.byteLength(behind) > MAX_LISTING_KEY_BYTES) return undefined;
  const start = after === undefined ? first : lowestAfter(after);
  const low = compareUtf8(start, first) > 0 ? start : first;
  return compareUtf8(low, behind) > 0 ? undefined : { low, high: behind };
}

/** Two listings, each in order, as one. */
async function* mergedBySort(
  left: AsyncGenerator<ListingEntry, void, undefined>,
  right: AsyncGenerator<ListingEntry, void, undefined>,
): AsyncGenerator<ListingEntry, void, undefined> {
  let [fromLeft, fromRight] = await Promise.all([left.next(), right.next()]);
  while (!fromLeft.done || !fromRight.done) {
    const takesLeft = !fromLeft.done && (fromRight.done || compareUtf8(fromLeft.value.sort, fromRight.value.sort) <= 0);
    if (takesLeft && !fromLeft.done) {
      yield fromLeft.value;
      fromLeft = await left.next();
    } else if (!fromRight.done) {
      yield fromRight.value;
      fromRight = await right.next();
    }
  }
}

function recordKey(trackId: string): Item {
  return { [PARTITION_KEY]: { S: trackId }, [SORT_KEY]: { S: TRACK_SORT } };
}

function toItem(record: TrackRecord, writer: string): Item {
  return {
    ...recordKey(record.trackId),
    [LISTING_PARTITION]: { S: record.deletedAtMs === undefined ? TRACKS_PARTITION : DELETED_PARTITION },
    [LISTING_SORT]: { S: record.path },
    version: { N: String(record.version) },
    writer: { S: writer },
    record: toAttribute(record),
  };
}

function toRecord({ record }: Item): TrackRecord {
  if (record === undefined)
    throw new CuepointError('internal', 'an item of the table is no record; is it another table?');
  return fromAttribute(record) as TrackRecord;
}

function versionIs(version: number) {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { N: String(version) } },
  };
}

function checkPath(path: string): void {
  const byteLength = Buffer.byteLength(path);
  if (byteLength >= 1 && byteLength <= MAX_LISTING_KEY_BYTES) return;
  throw new CuepointError(
    'invalid_key',
    `a path of ${byteLength} bytes cannot be indexed; give 1 to ${MAX_LISTING_KEY_BYTES}`,
  );
}

/** Source: Amazon DynamoDB Developer Guide, "Quotas and limits": an item is of 400 KB at most, names included. */
function isTooLarge(error: unknown): boolean {
  return failureName(error) === 'ValidationException' && error instanceof Error && /\bsize\b/i.test(error.message);
}

function tooLarge({ trackId, published }: TrackRecord, cause: unknown): CuepointError<'internal'> {
  const parts = `${published?.init.length ?? 0} bytes of init, ${published?.directory.length ?? 0} pages of index`;
  return new CuepointError(
    'internal',
    `the record of track ${trackId} (${parts}) is larger than the 400 KB of an item; choose longer chunks`,
    { cause },
  );
}
