/** Problem documents: RFC 9457. The one place where a failure gets its HTTP status. */
import { CuepointError, type ErrorCode } from '../errors.ts';

type ProblemKind = {
  readonly status: number;
  /** What kind of problem it is; the same for every occurrence. */
  readonly title: string;
  /** Said instead of the failure's own message, which may name keys and hosts that are none of the client's business. */
  readonly detail?: string;
  /** Seconds after which trying again may help, when the failure does not say. */
  readonly retryAfterSeconds?: number;
};

const PROBLEM_KINDS: Readonly<Record<ErrorCode, ProblemKind>> = {
  // The file is at fault: the request was understood, its subject cannot be processed.
  empty_file: { status: 422, title: 'The file is empty' },
  unsupported_format: { status: 422, title: 'The file is of no supported format' },
  unsupported_codec: { status: 422, title: 'The codec is not supported' },
  free_format_mpeg: { status: 422, title: 'Free-format MPEG audio is not supported' },
  malformed_header: { status: 422, title: 'The header of the file is malformed' },
  drm_protected: { status: 422, title: 'The file is encrypted' },
  packets_out_of_order: { status: 422, title: 'The audio is not stored in the order of its time' },
  decoder_missing: { status: 422, title: 'The format needs a decoder that is not installed' },
  no_audio: { status: 422, title: 'The file holds no audio' },

  // The request is at fault.
  invalid_parameter: { status: 400, title: 'A parameter is invalid' },
  invalid_cursor: { status: 400, title: 'The cursor is invalid' },
  invalid_body: { status: 400, title: 'The body is invalid' },
  body_too_large: { status: 413, title: 'The body is too large' },
  range_not_satisfiable: { status: 416, title: 'The range lies outside of what is there' },
  time_range_unsupported: { status: 422, title: 'No part by time of this container' },
  answer_too_large: { status: 422, title: 'The answer would be too large' },
  precondition_failed: { status: 412, title: 'A precondition failed' },
  track_not_found: { status: 404, title: 'There is no such track' },
  track_gone: { status: 410, title: 'The track was removed' },
  track_ingesting: { status: 503, title: 'The track is being ingested', retryAfterSeconds: 2 },
  track_failed: { status: 422, title: 'The track cannot be played' },
  track_not_analysed: { status: 503, title: 'The track is being analysed', retryAfterSeconds: 5 },
  analysis_failed: { status: 422, title: 'The track could not be analysed' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The method is not allowed' },
  link_invalid: { status: 403, title: 'The link is invalid' },
  link_expired: { status: 403, title: 'The link has expired' },
  access_denied: { status: 403, title: 'Access is denied' },
  invalid_key: { status: 400, title: 'The key cannot be stored' },

  // The service or its storage is at fault.
  source_changed: {
    status: 503,
    title: 'The audio is being replaced',
    detail: 'the audio changed while it was being read; try again in a moment',
    retryAfterSeconds: 1,
  },
  source_missing: {
    status: 404,
    title: 'The audio is missing',
    detail: 'the stored audio behind this address does not exist any more',
  },
  chunk_lost: { status: 500, title: 'Part of the audio is lost' },
  length_mismatch: {
    status: 502,
    title: 'Storage answered with the wrong length',
    detail: 'storage delivered fewer or more bytes than it announced; try again',
  },
  unavailable: {
    status: 503,
    title: 'The service is unavailable for the moment',
    detail: 'something the service needs did not answer; try again in a few seconds',
    retryAfterSeconds: 5,
  },
  internal: {
    status: 500,
    title: 'Internal error',
    detail: 'something went wrong inside the service; it is not the fault of the request',
  },
};

/** What is told of a failure. `message` is one sentence for a person. */
export type Failure = { readonly code: ErrorCode; readonly message: string };

export type ProblemOptions = {
  /** URI reference of this occurrence: the path that was asked for. */
  readonly instance?: string | undefined;
  /** Sent as Retry-After. */
  readonly retryAfterSeconds?: number | undefined;
  /** Further headers, such as Allow or Content-Range. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Extension members (RFC 9457 §3.2); those that the document has already are not replaced. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
};

export type ProblemDocument = {
  readonly [member: string]: unknown;
  /** Relative URI reference, one for each code; an identifier, nothing need be there. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The same sentence as `detail`, where simple clients look for it. */
  readonly error: string;
  readonly code: ErrorCode;
  readonly instance?: string;
};

export type Problem = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemDocument;
};

/** What a caught value may tell the outside: errors that Cuepoint did not name are `internal`, whatever they carry. */
export function failureOf(caught: unknown): Failure {
  return caught instanceof CuepointError ? caught : { code: 'internal', message: '' };
}

/**
 * The answer to a failed request. The failure's message is passed on for failures of the file or the request; those of
 * the service get a fixed sentence, so nothing of its inside shows.
 */
export function problem(failure: Failure, options: ProblemOptions = {}): Problem {
  const kind = PROBLEM_KINDS[failure.code];
  const retryAfterSeconds = options.retryAfterSeconds ?? kind.retryAfterSeconds;
  const sentence = kind.detail ?? failure.message;
  return {
    status: kind.status,
    headers: {
      ...options.headers,
      'Content-Type': 'application/problem+json',
      // What is wrong now may be right in a moment: an upload, a fresh link, a recovered store.
      'Cache-Control': 'no-store',
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(Math.ceil(retryAfterSeconds)) }),
    },
    body: {
      ...options.members,
      type: `/problems/${failure.code}`,
      title: kind.title,
      status: kind.status,
      detail: sentence,
      error: sentence,
      code: failure.code,
      ...(options.instance === undefined ? {} : { instance: options.instance }),
    },
  };
}
