import { jsonOf, type RawAnswer, rawRequest } from '../support/http-client.ts';

/** Chunks are objects of their own, or windows of one copy of the source. */
export type Chunks = 'objects' | 'windows';

/** A running Cuepoint, wherever it runs. */
export type HttpTarget = {
  /** Scheme, host and port; no trailing slash. */
  readonly origin: string;
  /**
   * Requests reach the service as they are written. A CDN in front of it joins header fields, normalises addresses and
   * refuses methods by itself: what it decides is not asked of the service then.
   */
  readonly isDirect: boolean;
  /** Whether a bucket answers for this path by itself: it knows the object, and nothing of the track. */
  isFromBucket(path: string): boolean;
  /** Whether the links of a plan lead to a bucket itself, past everything of ours. */
  readonly linksToBucket: boolean;
  putSource(key: string, bytes: Uint8Array): Promise<void>;
  removeSource(key: string): Promise<void>;
  close(): Promise<void>;
};

export type Fields = Readonly<Record<string, string>>;

export type ServedTrack = {
  readonly id: string;
  readonly revision: string;
  readonly path: string;
  readonly source: Uint8Array;
  readonly etag: string;
  readonly lastModified: string;
  readonly durationSeconds: number;
  readonly bitrate: number;
  readonly links: Readonly<Record<string, string>>;
};

/** The routes that give all of the source: by id, by path, and the copy under `/d/`. */
export function byteRoutesOf({ id, revision, links }: ServedTrack): readonly [string, string, string] {
  return [links.audio ?? '', links.stream ?? '', `/d/${id}/${revision}/source`];
}

/** What a section of the suite works on; filled before its tests run. */
export type Subject = {
  readonly target: HttpTarget;
  /** Several chunks of PCM. */
  readonly track: ServedTrack;
  get(path: string, fields?: Fields, method?: string): Promise<RawAnswer>;
  /** Puts a source and waits until it is playable. */
  upload(path: string, source: Uint8Array): Promise<ServedTrack>;
  /** Waits until the track answers with this status. */
  untilStatus(path: string, status: number): Promise<RawAnswer>;
};

const SETTLE_MS = 20_000;

export function subjectOf(target: HttpTarget, track: () => ServedTrack): Subject {
  const get: Subject['get'] = (path, fields = {}, method = 'GET') =>
    rawRequest(path.startsWith('http') ? path : `${target.origin}${path}`, { method, headers: fields });

  async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return {
    target,
    get track() {
      return track();
    },
    get,
    async upload(path, source) {
      await target.putSource(path, source);
      return until(`${path} to become playable`, async () => {
        const list = jsonOf(await get('/v1/tracks?limit=1000'));
        const found = list.tracks.find((candidate: ServedTrack) => candidate.path === path);
        if (found?.status === 'failed') throw new Error(`${path} failed: ${JSON.stringify(found.reason)}`);
        const isThis = found?.revision !== undefined && found.byteLength === source.length;
        if (!isThis) return undefined;
        const { headers } = await get(found.links.audio, {}, 'HEAD');
        return { ...found, source, lastModified: String(headers['last-modified']) };
      });
    },
    untilStatus: (path, status) =>
      until(`${status} from ${path}`, async () => {
        const answer = await get(path);
        return answer.status === status ? answer : undefined;
      }),
  };
}
