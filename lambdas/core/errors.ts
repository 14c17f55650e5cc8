/**
 * Every failure that Cuepoint names. One union for the whole product: use cases throw it, handlers catch it once, and
 * `http/problem.ts` gives each code its HTTP status.
 */
export const SOURCE_FAILURES = [
  /** The object has no bytes. */
  'empty_file',
  /** No known container or codec was recognised in the content. */
  'unsupported_format',
  /** The container is known, the codec or a feature inside it is not served. */
  'unsupported_codec',
  /** MPEG audio whose frames do not state their bitrate. */
  'free_format_mpeg',
  /** The container's header is cut or contradicts itself. */
  'malformed_header',
  /** The audio is encrypted. */
  'drm_protected',
  /** The bytes of the packets do not lie in the order of their time. */
  'packets_out_of_order',
  /** The format needs a native decoder to be indexed, and this machine has none. */
  'decoder_missing',
  /** The format was recognised but not one whole packet was found. */
  'no_audio',
] as const;

export const REQUEST_FAILURES = [
  'invalid_parameter',
  'invalid_cursor',
  'invalid_body',
  'body_too_large',
  'range_not_satisfiable',
  'precondition_failed',
  /** A part by time was asked for as one body, which this container cannot give. */
  'time_range_unsupported',
  /** More than one answer can carry, and no object could be made to carry it. */
  'answer_too_large',
  'track_not_found',
  'track_gone',
  /** Nothing of the track can be played yet. */
  'track_ingesting',
  /** The track's file cannot be indexed. */
  'track_failed',
  /** The track can be played; what is asked for is known once it is analysed. */
  'track_not_analysed',
  /** The track can be played, and not be analysed. */
  'analysis_failed',
  'not_found',
  'method_not_allowed',
  'link_invalid',
  'link_expired',
  'access_denied',
] as const;

export const SERVICE_FAILURES = [
  /** The bytes under a key changed while they were being read: the reader holds a stale version. */
  'source_changed',
  /** The object that should be read does not exist (any more). */
  'source_missing',
  /** A chunk's bytes are gone from the store and the source can no longer supply them. */
  'chunk_lost',
  /** A key this store cannot hold. */
  'invalid_key',
  /** Fewer or more bytes arrived than were announced. */
  'length_mismatch',
  /** Anything that may pass when tried again. */
  'unavailable',
  'internal',
] as const;

export type SourceFailureCode = (typeof SOURCE_FAILURES)[number];
export type RequestFailureCode = (typeof REQUEST_FAILURES)[number];
export type ServiceFailureCode = (typeof SERVICE_FAILURES)[number];
export type ErrorCode = SourceFailureCode | RequestFailureCode | ServiceFailureCode;

/** The one error class. `message` is one sentence for a person: what was received, what was expected, what to do. */
export class CuepointError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CuepointError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const sourceFailures: ReadonlySet<string> = new Set(SOURCE_FAILURES);

/** True for failures that lie in the file itself: trying again cannot help, only another file can. */
export function isSourceFailure(error: unknown): error is CuepointError<SourceFailureCode> {
  return error instanceof CuepointError && sourceFailures.has(error.code);
}

export function hasCode<Code extends ErrorCode>(error: unknown, code: Code): error is CuepointError<Code> {
  return error instanceof CuepointError && error.code === code;
}
