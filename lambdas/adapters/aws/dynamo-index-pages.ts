import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { compareUtf8 } from '../../core/utf8-order.ts';
import { deleteItems, failing, type Item, listed, queried, type Table } from './dynamo-table.ts';
import { highest, LOWEST, lowestAfter } from './listing-key.ts';
import { LISTING_PARTITION, LISTING_SORT, PAGES_PARTITION, PARTITION_KEY, SORT_KEY } from './table-layout.ts';

/** Digits of a page's number: 32 bits, so that pages sort by number. */
const NUMBER_DIGITS = 10;

/** Room for the entries of a revision's further pages: few have as many, since a page covers hours. */
const PAGES_OF_A_REVISION = 4;

/**
 * The pages of all revisions, one item each. Every page, not only the first, has its revision listed: a revision
 * is found as long as anything is left of it, whatever was interrupted.
 */
export class DynamoIndexPages {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async put(trackId: string, revision: string, pageNumber: number, page: Uint8Array): Promise<void> {
    const Item = {
      ...pageKey(trackId, revision, pageNumber),
      [LISTING_PARTITION]: { S: PAGES_PARTITION },
      [LISTING_SORT]: { S: ownerKey(trackId, revision) },
      // Copied before the first await: the caller may go on to use its buffer.
      page: { B: page.slice() },
    };
    const command = new PutItemCommand({ TableName: this.#table.table, Item });
    await this.#table.client.send(command).catch(failing('storing a page of the index'));
  }

  async get(trackId: string, revision: string, pageNumber: number): Promise<Uint8Array | undefined> {
    const Key = pageKey(trackId, revision, pageNumber);
    const command = new GetItemCommand({ TableName: this.#table.table, Key, ConsistentRead: true });
    const { Item } = await this.#table.client.send(command).catch(failing('reading a page of the index'));
    const page = Item?.page?.B;
    return page && new Uint8Array(page);
  }

  async delete(trackId: string, revision: string): Promise<void> {
    const query = {
      KeyConditionExpression: '#partition = :track AND begins_with(#sort, :pages)',
      ExpressionAttributeNames: { '#partition': PARTITION_KEY, '#sort': SORT_KEY },
      ExpressionAttributeValues: { ':track': { S: trackId }, ':pages': { S: pagesPrefix(revision) } },
      ProjectionExpression: '#partition, #sort',
      ConsistentRead: true,
    };
    const keys: Item[] = [];
    for await (const key of queried(this.#table, query, 'looking for pages of the index')) keys.push(key);
    await deleteItems(this.#table, keys);
  }

  /** By the bytes of `<track id>/<revision>`. */
  async listRevisions(options: { after?: string; limit: number }): Promise<{
    revisions: { trackId: string; revision: string }[];
    next?: string;
  }> {
    const { after, limit } = options;
    const span = {
      partition: PAGES_PARTITION,
      low: after === undefined ? LOWEST : lowestAfter(after),
      high: highest(),
    };
    const revisions: { trackId: string; revision: string }[] = [];
    let last = after;
    for await (const { sort } of listed(this.#table, span, (limit + 1) * PAGES_OF_A_REVISION)) {
      // The other pages of the same revision.
      if (last !== undefined && compareUtf8(sort, last) <= 0) continue;
      if (revisions.length >= limit) return last === undefined ? { revisions } : { revisions, next: last };
      const slash = sort.indexOf('/');
      revisions.push({ trackId: sort.slice(0, slash), revision: sort.slice(slash + 1) });
      last = sort;
    }
    return { revisions };
  }
}

/** Ids and revisions are URL-safe, without a slash. */
function ownerKey(trackId: string, revision: string): string {
  return `${trackId}/${revision}`;
}

function pagesPrefix(revision: string): string {
  return `page/${revision}/`;
}

function pageKey(trackId: string, revision: string, pageNumber: number): Item {
  const number = String(pageNumber).padStart(NUMBER_DIGITS, '0');
  return { [PARTITION_KEY]: { S: trackId }, [SORT_KEY]: { S: pagesPrefix(revision) + number } };
}
