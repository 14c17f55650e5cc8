/**
 * What the use cases need from the world. Each port has one contract suite in test/contract, run on every adapter.
 *
 * All byte ranges are half open: [startByte, endByte).
 */
import type { RecentBlocks } from './formats/recent-blocks.ts';
import type { FoundTags } from './tags/tags.ts';
import type { TrackRecord } from './track/record.ts';

/** Milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
}

/**
 * Random access to immutable bytes.
 *
 * `read` fills the whole of `target` with the bytes from `startByte` on. The range must lie inside [0, byteLength).
 * Throws `source_changed` when the bytes are no longer those the source was opened on, `source_missing` when they are
 * gone. Nothing is allocated per read, so memory stays constant whatever the length.
 */
export interface ByteSource {
  readonly byteLength: number;
  read(startByte: number, target: Uint8Array): Promise<void>;
  /** What was read last, for others that need the same bytes. Windows then read through it. */
  readonly recent?: RecentBlocks;
  /** How much windows read at once, where that is not left to them. */
  readonly blockBytes?: number;
}

export type ByteRange = { readonly startByte: number; readonly endByte: number };

export type ObjectAttributes = {
  readonly contentType: string;
  readonly cacheControl?: string;
  /** Keys in lower case (a-z, 0-9, `-`), values printable ASCII; at most 2 KiB in all, as S3 has it. */
  readonly metadata?: Readonly<Record<string, string>>;
};

export type ObjectInfo = {
  readonly key: string;
  readonly byteLength: number;
  /** Opaque, URL-safe; changes whenever the object is written again. */
  readonly version: string;
  readonly lastModifiedMs: number;
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly metadata: Readonly<Record<string, string>>;
};

export type ListedObject = Pick<ObjectInfo, 'key' | 'byteLength' | 'version' | 'lastModifiedMs'>;

/** What a write answers, without a further request. The writer knows the rest, but for the date: `head` tells that. */
export type StoredObject = Pick<ObjectInfo, 'version'>;

/**
 * A body to be stored. Each view that `parts` yields is consumed (written or copied) before the next one is asked for,
 * so a producer may reuse one buffer.
 */
export type ObjectBody = {
  readonly byteLength: number;
  readonly parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
};

export type ObjectRead = {
  readonly info: ObjectInfo;
  /** Exactly the asked bytes, in fresh buffers. Returning early (`break`, `return()`) releases what it holds. */
  readonly body: AsyncIterable<Uint8Array>;
};

/**
 * Objects under slash-separated keys, as S3 has them: reads see whole objects only, a write replaces at once or not
 * at all. Keys sort by their UTF-8 bytes.
 */
export interface ObjectStore {
  /** `undefined`: no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /**
   * One request's worth of reading. `undefined`: no such object. `range` must lie inside the object, else
   * `range_not_satisfiable`. With `version`: `source_changed` unless the object still is of that version.
   */
  get(key: string, options?: { range?: ByteRange; version?: string }): Promise<ObjectRead | undefined>;

  /**
   * The bytes that `get` would give, or would have given a moment ago, at once, of an object that is at hand and `byteLength`
   * long. `undefined`: ask `get`, which also says why. For the short reads that most requests are: they take less time than waiting for them does.
   */
  getNow?(key: string, range: ByteRange, byteLength: number): Uint8Array | undefined;

  /** Fills `target` from `startByte`; `source_missing`, `source_changed`, `range_not_satisfiable` as above. */
  read(key: string, startByte: number, target: Uint8Array, options?: { version?: string }): Promise<void>;

  /**
   * Stores atomically; `length_mismatch` (and nothing stored) when the body is not as long as announced. The version is
   * the one that `head`, `get` and `list` tell of what was stored.
   */
  put(key: string, body: ObjectBody, attributes: ObjectAttributes): Promise<StoredObject>;

  /** Idempotent. */
  delete(key: string): Promise<void>;

  /** In key order, those after `after` (exclusive). `next`: pass as `after` for the following page; absent at the end. */
  list(options: { prefix: string; after?: string; limit: number }): Promise<{ objects: ListedObject[]; next?: string }>;
}

/**
 * Copies whole objects between stores without the bytes passing through here. Stores that cannot do it have none.
 */
export interface ObjectCopier {
  /**
   * Puts the object `from` (of the sources) under `to.key` (of the media), with the attributes of `to`, atomically.
   * Throws `source_changed` when the object is of another version by now, `source_missing` when it is gone.
   */
  copy(request: {
    readonly from: { readonly key: string; readonly version: string };
    readonly to: { readonly key: string; readonly attributes: ObjectAttributes };
  }): Promise<void>;
}

/**
 * Track records (one item a track, compare-and-set on `version`) and the pages of their chunk indexes.
 * A record holds everything about its published revision except the pages, so a cold lookup takes two reads.
 */
export interface TrackIndex {
  get(trackId: string): Promise<TrackRecord | undefined>;

  /**
   * Stores `record` if the stored version is `record.version - 1` (no record counts as version 0).
   * `false`: somebody else was first and nothing was written.
   */
  put(record: TrackRecord): Promise<boolean>;

  /** Forgets the record if the stored version is `version`. */
  remove(trackId: string, version: number): Promise<boolean>;

  /**
   * Records in the order of their paths (UTF-8 bytes), those below `folder` ('' = all; no leading or trailing slash) and
   * after path `after` (exclusive). Records of deleted tracks only with `includeDeleted`.
   */
  list(options: {
    folder: string;
    after?: string;
    limit: number;
    includeDeleted?: boolean;
  }): Promise<{ records: TrackRecord[]; next?: string }>;

  /** Overwrites: pages are pure functions of their revision. */
  putPage(trackId: string, revision: string, pageNumber: number, page: Uint8Array): Promise<void>;
  getPage(trackId: string, revision: string, pageNumber: number): Promise<Uint8Array | undefined>;

  /** Idempotent; all pages of one revision. */
  deletePages(trackId: string, revision: string): Promise<void>;

  /** The revisions that have pages, in a stable order; `next`: pass as `after`. */
  listPagedRevisions(options: {
    after?: string;
    limit: number;
  }): Promise<{ revisions: { trackId: string; revision: string }[]; next?: string }>;
}

/** What a decoder of bare codec frames is set up with. */
export type DecoderConfig = {
  /** FFmpeg's name of the codec: `wmav2`, `aac`, `opus` … */
  readonly codec: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** The codec's own header (AudioSpecificConfig, OpusHead, magic cookie …); empty where it has none. */
  readonly extradata: Uint8Array;
  /** Bytes of a block, for codecs that are framed by it (WMA). */
  readonly blockAlign?: number;
  readonly bitsPerSample?: number;
  /** Bits a second, for codecs whose frames depend on it (WMA). */
  readonly bitRate?: number;
};

export type DecodedAudio = {
  /** Samples per channel. */
  readonly samples: number;
  readonly channels: number;
  /** Hz; of what came out, which is not always what was announced. */
  readonly sampleRate: number;
  /**
   * Interleaved samples, copied when asked for, which is before the decoder's next call, exactly as the codec gave them:
   * integers of up to 32 bits left-justified in 32 bits, floats as they are.
   */
  interleaved(): Int32Array | Float32Array;
};

/** One stream being decoded. Not to be used after `close`. */
export interface FrameDecoder {
  /**
   * Takes one frame; what came out for it, which may be nothing yet. A frame that cannot be decoded gives nothing, and is
   * no error: `failedFrames` counts them.
   */
  decode(frame: Uint8Array): Promise<readonly DecodedAudio[]>;
  /** What was still held back; afterwards only `close` may be called. */
  flush(): Promise<readonly DecodedAudio[]>;
  readonly failedFrames: number;
  /** Releases the native memory. Idempotent; to be called on every path. */
  close(): void;
}

/** Native decoding, where the machine has it. Adds and trims nothing by itself: no gapless skipping, no resampling. */
export interface Decoder {
  /** Throws `unsupported_codec` when there is no decoder of that name or it refuses the configuration. */
  open(config: DecoderConfig): Promise<FrameDecoder>;
}

export type SignedUrl = {
  readonly url: string;
  /** Headers the client must send for the signature to hold. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresAtMs: number;
};

/**
 * Makes URLs that answer a GET on one object of the media store for a while. Signing times are floored, so that a URL
 * stays the same for a while and caches can hold it. With `range` the URL only answers that window: `headers` then
 * carries the Range header that is part of the signature.
 */
export interface Signer {
  sign(request: {
    key: string;
    range?: ByteRange;
    /** Scheme and host by which the client reached the service, for signers whose links lead there. */
    origin?: string;
    /** How fast it answers. Signers of links that others answer throw `invalid_parameter`. @default - as fast as it can */
    maxBytesPerSecond?: number;
  }): Promise<SignedUrl>;
}

/**
 * Something happened to a source. Events may come twice, late and out of order; `sequencer` orders those of one key
 * (compared as strings, right-padded with zeros).
 */
export type SourceEvent = {
  readonly kind: 'stored' | 'removed';
  readonly key: string;
  readonly sequencer: string;
};

export interface SourceEvents {
  /** Resolves once events are being delivered. The returned function stops delivery and waits for what is under way. */
  subscribe(handler: (event: SourceEvent) => void): Promise<() => Promise<void>>;
}

export type AccessRequest = {
  readonly action: 'list' | 'read';
  /** What is to be read: a track (by id), or the object key of derived bytes. */
  readonly trackId?: string | undefined;
  readonly objectKey?: string | undefined;
  /** The request's URL and the header that may be part of a signature. */
  readonly url: URL;
  readonly range?: string | undefined;
};

export type AccessDecision =
  /** `maxBytesPerSecond`: how fast the link that was followed may be answered. */
  | { readonly allowed: true; readonly maxBytesPerSecond?: number }
  | {
      readonly allowed: false;
      readonly code: 'link_invalid' | 'link_expired' | 'access_denied';
      readonly reason: string;
    };

/** Every route asks it before it does anything else. */
export interface Authorizer {
  authorize(request: AccessRequest): AccessDecision | Promise<AccessDecision>;
}

/** Structured events for operators: `event` names what happened, in snake_case. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Understands the tags of audio files. */
export interface TagReader {
  /**
   * What the tags in `bytes` say: a whole small file of the kind that `extension` (`mp3`, `flac` …) names, with the tags of
   * a source and little else in it. The same for the same bytes. Never throws for what the bytes are: what was found before
   * reading had to end comes with a `failure`.
   */
  read(bytes: Uint8Array, extension: string): Promise<FoundTags>;
}
