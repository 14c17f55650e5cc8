import { CuepointError } from '../core/errors.ts';
import { ChunkIndex } from '../core/index/chunk-index.ts';
import { trackIdOf } from '../core/track/identity.ts';
import type { PublishedRevision, TrackRecord } from '../core/track/record.ts';
import type { ApiContext } from './ports.ts';

/** Enough for the tracks that are being listened to at one time. A head is a few kilobytes. */
const CACHED_HEADS = 512;

/** An index holds its pages, 14 kB an hour of audio. */
const CACHED_INDEXES = 64;

/** A track that can be served: its published revision and that revision's chunk index. */
export type PlayableTrack = {
  readonly trackId: string;
  readonly path: string;
  readonly revision: PublishedRevision;
  readonly index: ChunkIndex;
};

type Head = { readonly record: TrackRecord; readonly readAtMs: number; playable?: PlayableTrack };

/**
 * Tracks by id or path. Head pointers are kept for at most `headMaxAgeMs`; indexes, which are immutable, as long as
 * there is room.
 */
export class TrackReader {
  readonly #context: Pick<ApiContext, 'index' | 'clock' | 'config'>;
  readonly #heads = new Map<string, Head>();
  readonly #indexes = new Map<string, ChunkIndex>();
  readonly #ids = new Map<string, string>();

  constructor(context: Pick<ApiContext, 'index' | 'clock' | 'config'>) {
    this.#context = context;
  }

  async idOfPath(path: string): Promise<string> {
    const known = this.#ids.get(path);
    if (known !== undefined) return known;
    const trackId = await trackIdOf(this.#context.config.bucket, path);
    remember(this.#ids, CACHED_HEADS, path, trackId);
    return trackId;
  }

  /** The record in whatever state. Throws `track_not_found`, or `track_gone` when its source was removed. */
  async record(trackId: string): Promise<TrackRecord> {
    const record = await this.#head(trackId);
    if (record === undefined) {
      throw new CuepointError('track_not_found', 'there is no such track; list the tracks at /v1/tracks');
    }
    if (record.deletedAtMs !== undefined) {
      throw new CuepointError('track_gone', 'the source of this track was removed; list the tracks at /v1/tracks');
    }
    return record;
  }

  /** As `playable`, where nothing has to be asked for it. */
  knownPlayable(trackId: string): PlayableTrack | undefined {
    return this.#knownHead(trackId)?.playable;
  }

  /** Throws as `record` does, `track_ingesting` or `track_failed` while there is no revision to play. */
  async playable(trackId: string): Promise<PlayableTrack> {
    const record = await this.record(trackId);
    const { published, ingest, path } = record;
    if (published === undefined) {
      const failure = ingest?.failure;
      if (failure) {
        throw new CuepointError('track_failed', `this track cannot be played (${failure.code}): ${failure.message}`);
      }
      throw new CuepointError('track_ingesting', 'this track is still being ingested; try again in a few seconds');
    }
    const playable = { trackId, path, revision: published, index: this.#indexOf(trackId, published) };
    const head = this.#heads.get(trackId);
    if (head?.record === record) head.playable = playable;
    return playable;
  }

  #knownHead(trackId: string): Head | undefined {
    const { clock, config } = this.#context;
    const held = this.#heads.get(trackId);
    const ageMs = clock.now() - (held?.readAtMs ?? 0);
    // A clock that was put back tells nothing of the age.
    return ageMs >= 0 && ageMs < config.headMaxAgeMs ? held : undefined;
  }

  async #head(trackId: string): Promise<TrackRecord | undefined> {
    const known = this.#knownHead(trackId);
    if (known) return known.record;
    const { clock, config, index } = this.#context;
    const readAtMs = clock.now();
    const record = await index.get(trackId);
    // What does not exist is asked for by guessers too: not worth a place.
    if (record && config.headMaxAgeMs > 0) remember(this.#heads, CACHED_HEADS, trackId, { record, readAtMs });
    return record;
  }

  #indexOf(trackId: string, published: PublishedRevision): ChunkIndex {
    const key = `${trackId}/${published.revision}`;
    const held = this.#indexes.get(key);
    if (held) return held;
    const index = new ChunkIndex(published, (pageNumber) =>
      this.#context.index.getPage(trackId, published.revision, pageNumber),
    );
    remember(this.#indexes, CACHED_INDEXES, key, index);
    return index;
  }
}

/** Insertion order is age: the oldest goes when the map is full. */
function remember<Value>(map: Map<string, Value>, size: number, key: string, value: Value): void {
  map.delete(key);
  const oldest = map.keys().next();
  if (map.size >= size && !oldest.done) map.delete(oldest.value);
  map.set(key, value);
}
