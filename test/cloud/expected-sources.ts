/**
 * What somebody put into the source bucket, and whether all of it can be heard: every chunk of every track, from the store
 * itself, by an api that has just been started and so knows nothing yet.
 */
import { DynamoTrackIndex } from '../../lambdas/adapters/aws/dynamo-track-index.ts';
import { S3ObjectStore } from '../../lambdas/adapters/aws/s3-object-store.ts';
import { ownerOfKey } from '../../lambdas/core/track/object-keys.ts';
import { isRevisionInUse } from '../../lambdas/core/track/transitions.ts';
import { Session } from '../e2e/session.ts';
import { isServed, type Track } from '../e2e/target.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import type { CloudTarget } from './cloud-target.ts';

export type Losses = {
  /** Paths of sources without a track that is served. */
  readonly tracksLost: readonly string[];
  /** Addresses of chunks that are not there, or hold other bytes than the source. */
  readonly objectsLost: readonly string[];
  /** Paths of tracks that should be gone. */
  readonly ghosts: readonly string[];
  /** Paths of tracks that are served, and whose analysis has not come. */
  readonly unanalysed: readonly string[];
  /** `{track}/{revision}` of objects in the media bucket that no record uses. */
  readonly orphans: readonly string[];
};

export const NO_LOSSES: Losses = { tracksLost: [], objectsLost: [], ghosts: [], unanalysed: [], orphans: [] };

const LIST_PAGE = 1000;

export class ExpectedSources {
  readonly #target: CloudTarget;
  readonly #session: Session;
  readonly #sources = new Map<string, Uint8Array>();
  #checked = 0;

  constructor(target: CloudTarget) {
    this.#target = target;
    this.#session = new Session(target);
  }

  /** Chunks that were read and compared so far. */
  get chunksChecked(): number {
    return this.#checked;
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#target.putSource(path, bytes);
    this.#sources.set(path, bytes);
  }

  async remove(path: string): Promise<void> {
    await this.#target.removeSource(path);
    this.#sources.delete(path);
  }

  async losses(): Promise<Losses> {
    this.#target.cloud.killFunctions('CuepointApi');
    const tracks = await this.#session.tracks();
    const served = new Map(tracks.filter(isServed).map((track) => [track.path, track]));
    const objectsLost: string[] = [];
    for (const [path, source] of this.#sources) {
      const track = served.get(path);
      if (track !== undefined) objectsLost.push(...(await this.#chunksLost(track, source)));
    }
    return {
      tracksLost: [...this.#sources.keys()].filter((path) => !served.has(path)),
      objectsLost,
      ghosts: tracks.map(({ path }) => path).filter((path) => !this.#sources.has(path)),
      unanalysed: [...served.values()].filter(({ status }) => status !== 'ready').map(({ path }) => path),
      orphans: await this.#orphans(),
    };
  }

  async #chunksLost(track: Track, source: Uint8Array): Promise<string[]> {
    const { chunks = [] } = jsonOf(await this.#session.get(track.links.chunks ?? ''));
    const lost: string[] = [];
    let byte = 0;
    for (const { url, headers = {}, startByte, endByte } of chunks) {
      const { body } = await rawRequest(url, { headers });
      this.#checked++;
      const isRight = startByte === byte && Buffer.from(body).equals(source.subarray(startByte, endByte));
      if (!isRight) lost.push(`${track.path} ${startByte}-${endByte}`);
      byte = endByte;
    }
    if (byte !== source.length) lost.push(`${track.path} from ${byte} of ${source.length} on`);
    return lost;
  }

  async #orphans(): Promise<string[]> {
    const { cloud } = this.#target;
    const media = new S3ObjectStore({ client: cloud.clients.s3, bucket: cloud.mediaBucket });
    const index = new DynamoTrackIndex({ client: cloud.clients.dynamoDb, table: cloud.table });
    const owners = new Map<string, { trackId: string; revision: string }>();
    let after: string | undefined;
    do {
      const page = await media.list({ prefix: '', limit: LIST_PAGE, ...(after === undefined ? {} : { after }) });
      for (const { key } of page.objects) {
        const owner = ownerOfKey(key);
        if (owner !== undefined) owners.set(`${owner.trackId}/${owner.revision}`, owner);
      }
      after = page.next;
    } while (after !== undefined);
    const orphans: string[] = [];
    for (const [name, { trackId, revision }] of owners) {
      if (!isRevisionInUse(await index.get(trackId), revision)) orphans.push(name);
    }
    return orphans;
  }
}
