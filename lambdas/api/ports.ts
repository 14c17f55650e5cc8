import type { Authorizer, Clock, Log, ObjectCopier, ObjectStore, Signer, TrackIndex } from '../core/ports.ts';

export type ApiConfig = {
  /** Name of the source bucket: part of every track's id. */
  readonly bucket: string;
  /** How old a track's head pointer may be when it is served from memory. */
  readonly headMaxAgeMs: number;
  /**
   * The longest body of audio that the host can answer with: what is longer is stored under `/d/` and redirected to.
   * @default - any
   */
  readonly maxBodyBytes?: number;
  /** Redirects to what lies under `/d/` carry a signature: nobody gets at it without. @default - they are plain paths */
  readonly signsRedirects?: boolean;
  /** The origins whose pages may read answers, as the Origin field has them. @default - any */
  readonly allowedOrigins?: readonly string[];
};

/** What the HTTP use cases work on. */
export type ApiContext = {
  readonly index: TrackIndex;
  readonly media: ObjectStore;
  readonly sources: ObjectStore;
  /** Without it copies of sources are made of their chunks. */
  readonly copier?: ObjectCopier;
  readonly signer: Signer;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: ApiConfig;
};
