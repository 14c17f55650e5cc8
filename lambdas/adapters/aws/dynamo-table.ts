/** Requests on the one table that take more than one answer: queries, and batches of which some is left undone. */
import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { CuepointError } from '../../core/errors.ts';
import { serviceFailure } from './service-failure.ts';
import { LISTING_INDEX, LISTING_PARTITION, LISTING_SORT, PARTITION_KEY } from './table-layout.ts';

export type Table = { readonly client: DynamoDBClient; readonly table: string };

export type Item = Record<string, AttributeValue>;

/** Source: Amazon DynamoDB API Reference, BatchGetItem and BatchWriteItem. */
const MAX_READ_BATCH = 100;
const MAX_WRITE_BATCH = 25;

/** What is left undone is tried again, after pauses that double from this on; 3 s in all. */
const FIRST_PAUSE_MS = 25;
const MAX_BATCH_ATTEMPTS = 8;

/** For `catch`: throws what a failed request comes to, see `serviceFailure`. */
export function failing(doing: string): (error: unknown) => never {
  return (error) => {
    throw serviceFailure(error, doing);
  };
}

/** All items that a query finds, in order, one page of at most 1 MB in memory. */
export async function* queried(
  { client, table }: Table,
  query: Omit<QueryCommandInput, 'TableName'>,
  doing: string,
): AsyncGenerator<Item, void, undefined> {
  let from: Item | undefined;
  do {
    const command = new QueryCommand({ ...query, TableName: table, ExclusiveStartKey: from });
    const { Items = [], LastEvaluatedKey } = await client.send(command).catch(failing(doing));
    yield* Items;
    from = LastEvaluatedKey;
  } while (from !== undefined);
}

/** Keys that sort from `low` to `high`, both included. */
export type ListingSpan = { readonly partition: string; readonly low: string; readonly high: string };

export type ListingEntry = { readonly trackId: string; readonly sort: string };

/**
 * Entries of the listing index in the order of their keys. The index follows the table by a moment; `pageLength` is how many
 * are asked for at once.
 */
export async function* listed(
  table: Table,
  { partition, low, high }: ListingSpan,
  pageLength: number,
): AsyncGenerator<ListingEntry, void, undefined> {
  const query = {
    IndexName: LISTING_INDEX,
    KeyConditionExpression: '#partition = :partition AND #sort BETWEEN :low AND :high',
    ExpressionAttributeNames: { '#partition': LISTING_PARTITION, '#sort': LISTING_SORT },
    ExpressionAttributeValues: { ':partition': { S: partition }, ':low': { S: low }, ':high': { S: high } },
    Limit: pageLength,
  };
  for await (const item of queried(table, query, 'listing the index')) {
    yield { trackId: item[PARTITION_KEY]?.S ?? '', sort: item[LISTING_SORT]?.S ?? '' };
  }
}

/** The items under `keys` that there are, in no order, read consistently. */
export async function readItems({ client, table }: Table, keys: readonly Item[]): Promise<Item[]> {
  const read = async (batch: Item[]): Promise<Item[]> => {
    const items: Item[] = [];
    await untilDone(batch, 'reading records', async (Keys) => {
      const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys } = await client.send(command);
      items.push(...(Responses?.[table] ?? []));
      return UnprocessedKeys?.[table]?.Keys ?? [];
    });
    return items;
  };
  return (await Promise.all(batches(keys, MAX_READ_BATCH).map(read))).flat();
}

/** Deletes the items under `keys`, whether they are there or not. */
export async function deleteItems({ client, table }: Table, keys: readonly Item[]): Promise<void> {
  for (const batch of batches(keys, MAX_WRITE_BATCH)) {
    const requests = batch.map((Key) => ({ DeleteRequest: { Key } }));
    await untilDone(requests, 'deleting pages', async (left) => {
      const command = new BatchWriteItemCommand({ RequestItems: { [table]: left } });
      const { UnprocessedItems } = await client.send(command);
      return (UnprocessedItems?.[table] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key ? { DeleteRequest: { Key: DeleteRequest.Key } } : [],
      );
    });
  }
}

/** `attempt` answers what it left undone: throttled, or beyond the length of one answer. */
async function untilDone<Entry>(
  entries: Entry[],
  doing: string,
  attempt: (entries: Entry[]) => Promise<Entry[]>,
): Promise<void> {
  let left = entries;
  for (let attempts = 1; ; attempts++) {
    const before = left.length;
    left = await attempt(left).catch(failing(doing));
    if (left.length === 0) return;
    // Progress was made: the answer was full.
    if (left.length < before) attempts = 0;
    else if (attempts >= MAX_BATCH_ATTEMPTS) {
      throw new CuepointError('unavailable', `${doing} did not succeed (throttled); try again`);
    } else await setTimeout(FIRST_PAUSE_MS * 2 ** (attempts - 1));
  }
}

function batches<Entry>(entries: readonly Entry[], length: number): Entry[][] {
  const count = Math.ceil(entries.length / length);
  return Array.from({ length: count }, (_, batch) => entries.slice(batch * length, (batch + 1) * length));
}
