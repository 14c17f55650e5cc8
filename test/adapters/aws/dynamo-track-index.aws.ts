import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoTrackIndex } from '../../../lambdas/adapters/aws/dynamo-track-index.ts';
import type { TrackRecord } from '../../../lambdas/core/track/record.ts';
import { trackIndexContract } from '../../contract/track-index.contract.ts';
import { publishedRevision, trackRecord } from '../../support/track-record.ts';
import { dynamoDbEndpoint, engineDynamoDbClient, makeTable } from './engine-clients.ts';
import { answering, type ProxiedRequest, startProxy } from './engine-proxy.ts';

async function makeHarness() {
  const client = engineDynamoDbClient();
  const { table, remove } = await makeTable(client);
  return {
    client,
    table,
    index: new DynamoTrackIndex({ client, table }),
    close: async () => {
      await remove();
      client.destroy();
    },
  };
}

trackIndexContract('DynamoTrackIndex', makeHarness);

/** What DynamoDB itself calls a request. */
function operation({ headers }: ProxiedRequest): string {
  return String(headers['x-amz-target']).replace(/^.*\./, '');
}

function refusal(type: string, status = 400) {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'injected' });
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}

describe('DynamoTrackIndex', () => {
  let harness: Awaited<ReturnType<typeof makeHarness>>;
  const closers: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    harness = await makeHarness();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    await harness.close();
  });

  /** The same table through somebody who answers in the engine's place, or counts. */
  const through = async (answer: Parameters<typeof startProxy>[1]) => {
    const proxy = await startProxy(dynamoDbEndpoint(), answer);
    const client = engineDynamoDbClient(proxy.url);
    closers.push(async () => {
      client.destroy();
      await proxy.close();
    });
    return { index: new DynamoTrackIndex({ client, table: harness.table }), requests: proxy.requests };
  };

  it.each(['', 'x'.repeat(1025)])('refuses a path that is no key', async (path) => {
    await expect(harness.index.put(trackRecord({ path }))).rejects.toMatchObject({ code: 'invalid_key' });
    await expect(harness.index.get('track-1')).resolves.toBeUndefined();
  });

  it('says of a record that is too large what it is made of', async () => {
    const record = trackRecord({ published: publishedRevision({ init: new Uint8Array(410_000) }) });
    await expect(harness.index.put(record)).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('410000 bytes of init'),
    });
    const fitting = trackRecord({ published: publishedRevision({ init: new Uint8Array(380_000) }) });
    await expect(harness.index.put(fitting)).resolves.toBe(true);
  });

  it('takes a page before its caller goes on', async () => {
    const page = new Uint8Array(1_000).fill(1);
    const stored = harness.index.putPage('t', 'r', 0, page);
    page.fill(2);
    await stored;
    expect((await harness.index.getPage('t', 'r', 0))?.[0]).toBe(1);
  });

  it('moves the path of a record that is put under another', async () => {
    await harness.index.put(trackRecord({ path: 'old.mp3' }));
    await harness.index.put(trackRecord({ path: 'new.mp3', version: 2 }));
    const { records } = await harness.index.list({ folder: '', limit: 10 });
    expect(records.map((record) => record.path)).toEqual(['new.mp3']);
  });

  it('lists more than one answer of DynamoDB holds, in order', async () => {
    // Three of these are more than the 16 MB of a batch; the paths of all more than the 1 MB of a query would be slower.
    const published = publishedRevision({ init: new Uint8Array(370_000) });
    const paths = Array.from({ length: 130 }, (_, number) => `p/${String(number).padStart(4, '0')}.flac`);
    const records = paths.map((path, number) =>
      trackRecord({ trackId: `t${number}`, path, ...(number % 2 ? { published } : {}) }),
    );
    for (const record of records) await harness.index.put(record);
    const listed = await harness.index.list({ folder: 'p', limit: 129 });
    expect(listed.records.map((record: TrackRecord) => record.path)).toEqual(paths.slice(0, 129));
    expect(listed.next).toBe(paths[128]);
  });

  describe('with listings that are behind', () => {
    // The real index follows the table by a moment; here its keys are set wrong for good.
    const misplace = (trackId: string, lp: string) =>
      harness.client.send(
        new UpdateItemCommand({
          TableName: harness.table,
          Key: { pk: { S: trackId }, sk: { S: 'track' } },
          UpdateExpression: 'SET lp = :lp',
          ExpressionAttributeValues: { ':lp': { S: lp } },
        }),
      );

    it('shows no tombstone among the tracks', async () => {
      await harness.index.put(trackRecord({ deletedAtMs: 5 }));
      await misplace('track-1', 'tracks');
      expect(await harness.index.list({ folder: '', limit: 10 })).toEqual({ records: [] });
      expect((await harness.index.list({ folder: '', limit: 10, includeDeleted: true })).records).toHaveLength(1);
    });

    it('goes on behind entries that came to nothing', async () => {
      const paths = ['1.mp3', '2.mp3', '3.mp3'];
      for (const path of paths) await harness.index.put(trackRecord({ trackId: path, path, deletedAtMs: 5 }));
      for (const path of paths) await misplace(path, 'tracks');
      expect(await harness.index.list({ folder: '', limit: 2 })).toEqual({ records: [], next: '2.mp3' });
      expect(await harness.index.list({ folder: '', limit: 2, after: '2.mp3' })).toEqual({ records: [] });
    });
  });

  it('asks once for a record, once for a page, and twice for a listing', async () => {
    await harness.index.put(trackRecord());
    await harness.index.putPage('track-1', 'r1', 0, new Uint8Array(9));
    const { index, requests } = await through(() => undefined);
    await index.get('track-1');
    await index.getPage('track-1', 'r1', 0);
    await index.list({ folder: 'music', limit: 10 });
    expect(requests.map(operation)).toEqual(['GetItem', 'GetItem', 'Query', 'BatchGetItem']);
    // Strongly consistent, all but the query, which an index does not offer.
    const consistent = requests.map(({ body }) => /"ConsistentRead":true/.test(body));
    expect(consistent).toEqual([true, true, false, true]);
  });

  it('does not write to the listing index for progress', async () => {
    // KEYS_ONLY: of what a write of progress changes, nothing is projected.
    const { index, requests } = await through(() => undefined);
    await index.put(trackRecord());
    await index.put(trackRecord({ version: 2, sequencer: 'other' }));
    const keys = requests.map(({ body }) => {
      const { pk, sk, lp, ls } = JSON.parse(body).Item;
      return [pk, sk, lp, ls];
    });
    expect(keys[1]).toEqual(keys[0]);
  });

  const passing: [type: string, status: number][] = [
    ['ProvisionedThroughputExceededException', 400],
    ['ThrottlingException', 400],
    ['RequestLimitExceeded', 400],
    ['InternalServerError', 500],
  ];
  it.each(passing)('gets over some %s', async (type, status) => {
    let left = 2;
    const { index } = await through(() => (left-- > 0 ? answering(refusal(type, status)) : undefined));
    await expect(index.put(trackRecord())).resolves.toBe(true);
  });

  it.each(passing)('calls %s that lasts unavailable', async (type, status) => {
    const { index } = await through(() => answering(refusal(type, status)));
    await expect(index.get('track-1')).rejects.toMatchObject({ code: 'unavailable' });
  });

  const operations: [name: string, call: (index: DynamoTrackIndex) => Promise<unknown>][] = [
    ['get', (index) => index.get('t')],
    ['put', (index) => index.put(trackRecord({ version: 2 }))],
    ['remove', (index) => index.remove('t', 1)],
    ['list', (index) => index.list({ folder: '', limit: 1 })],
    ['putPage', (index) => index.putPage('t', 'r', 0, new Uint8Array(1))],
    ['getPage', (index) => index.getPage('t', 'r', 0)],
    ['deletePages', (index) => index.deletePages('t', 'r')],
    ['listPagedRevisions', (index) => index.listPagedRevisions({ limit: 1 })],
  ];
  it.each(operations)('%s fails as unavailable while the engine fails', async (_name, call) => {
    const { index } = await through(() => ({ kind: 'refuse' }));
    await expect(call(index)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('calls a table that is not there unavailable, and not an index without tracks', async () => {
    const index = new DynamoTrackIndex({ client: harness.client, table: 'no-such-table' });
    await expect(index.get('t')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(index.list({ folder: '', limit: 1 })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('tells a refusal from what may pass', async () => {
    const { index } = await through(() => answering(refusal('AccessDeniedException')));
    await expect(index.get('t')).rejects.toMatchObject({ code: 'internal' });
  });

  it('knows its own write again when the answer to it got lost', async () => {
    let lost = 0;
    const { index } = await through((request) => {
      if (operation(request) !== 'PutItem' || lost > 0) return undefined;
      lost++;
      return { kind: 'forward_and_cut' };
    });
    await expect(index.put(trackRecord())).resolves.toBe(true);
    expect(lost).toBe(1);
    await expect(index.get('track-1')).resolves.toStrictEqual(trackRecord());
    // (control) The very same record, put by another, is another's.
    await expect(index.put(trackRecord())).resolves.toBe(false);
  });

  it('reads and deletes again what a batch left undone', async () => {
    for (let number = 0; number < 30; number++) await harness.index.putPage('t', 'r', number, new Uint8Array(3));
    for (const path of ['1.mp3', '2.mp3', '3.mp3']) await harness.index.put(trackRecord({ trackId: path, path }));
    const skipped: string[] = [];
    const { index } = await through((request) => {
      const asked = JSON.parse(request.body).RequestItems;
      if (asked === undefined || skipped.length >= 4) return undefined;
      skipped.push(operation(request));
      const isRead = operation(request) === 'BatchGetItem';
      const body = JSON.stringify(isRead ? { Responses: {}, UnprocessedKeys: asked } : { UnprocessedItems: asked });
      return answering({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body });
    });
    const { records } = await index.list({ folder: '', limit: 10 });
    expect(records.map(({ path }) => path)).toEqual(['1.mp3', '2.mp3', '3.mp3']);
    skipped.length = 2;
    await index.deletePages('t', 'r');
    expect(await harness.index.listPagedRevisions({ limit: 10 })).toEqual({ revisions: [] });
    expect(new Set(skipped)).toEqual(new Set(['BatchGetItem', 'BatchWriteItem']));
  });
});
