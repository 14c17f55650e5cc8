import type { Authorizer, Clock, Log, ObjectStore, Signer, TrackIndex } from '../core/ports.ts';

export type ApiConfig = {
  /** Name of the source bucket: part of every track's id. */
  readonly bucket: string;
  /** How old a track's head pointer may be when it is served from memory. */
  readonly headMaxAgeMs: number;
};

/** What the HTTP use cases work on. */
export type ApiContext = {
  readonly index: TrackIndex;
  readonly media: ObjectStore;
  readonly sources: ObjectStore;
  readonly signer: Signer;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: ApiConfig;
};
