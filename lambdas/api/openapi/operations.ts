/** Every operation of the API: what it takes, what it answers with, and the codes of its problems. */
import type { z } from 'zod';
import type { ErrorCode } from '../../core/errors.ts';
import { resolveBodySchema } from '../range-queries.ts';
import { type FieldName, OF_PART, OF_REPRESENTATION, OF_TRACK } from './fields.ts';
import {
  audioParameters,
  chunkParameters,
  listParameters,
  signatureParameters,
  waveformParameters,
} from './parameters.ts';
import { analysisSchema, planListSchema, planSchema, trackListSchema, trackSchema, waveformSchema } from './schemas.ts';

/** `schemas`: any of them, by the names of their components; without them the body is bytes of that type. */
export type Content = { readonly type: string; readonly schemas?: Readonly<Record<string, z.core.$ZodType>> };

export type Operation = {
  /** As routes.ts has it. */
  readonly route: string;
  /** As OpenAPI has it. */
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly id: string;
  readonly summary: string;
  readonly query: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.core.$ZodType;
  readonly content: readonly Content[];
  /** It serves bytes: Range and preconditions hold, 206, 304, 412 and 416 are answers. */
  readonly hasRanges: boolean;
  readonly redirects: boolean;
  /** Nobody is asked for leave: it tells of no track. */
  readonly isOpen?: boolean;
  readonly fields: readonly FieldName[];
  readonly problems: readonly ErrorCode[];
};

const TRACK_PROBLEMS: readonly ErrorCode[] = ['track_not_found', 'track_gone'];
const PLAYABLE_PROBLEMS: readonly ErrorCode[] = [...TRACK_PROBLEMS, 'track_ingesting', 'track_failed'];
const BYTE_PROBLEMS: readonly ErrorCode[] = [
  'precondition_failed',
  'range_not_satisfiable',
  'source_changed',
  'source_missing',
  'chunk_lost',
  'length_mismatch',
];
const TIME_PROBLEMS: readonly ErrorCode[] = ['invalid_parameter', 'range_not_satisfiable'];
const ANALYSIS_PROBLEMS: readonly ErrorCode[] = ['track_not_analysed', 'analysis_failed'];

/** Of every operation that asks the authorizer. */
const LEAVE_PROBLEMS: readonly ErrorCode[] = ['link_invalid', 'link_expired', 'access_denied'];

/** Of every operation. */
const COMMON_PROBLEMS: readonly ErrorCode[] = ['not_found', 'method_not_allowed', 'unavailable', 'internal'];

/** All codes that an operation may answer with, each once. */
export function problemsOf({ problems, isOpen = false }: Operation): readonly ErrorCode[] {
  return [...new Set([...problems, ...(isOpen ? [] : LEAVE_PROBLEMS), ...COMMON_PROBLEMS])];
}

const AUDIO: readonly Content[] = [{ type: 'audio/*' }];
const COMPANION_FIELDS: readonly FieldName[] = [...OF_REPRESENTATION, ...OF_TRACK, 'Server-Timing'];
const BYTE_FIELDS: readonly FieldName[] = [...COMPANION_FIELDS, ...OF_PART];
const HTML_FIELDS: readonly FieldName[] = [...OF_REPRESENTATION, 'Content-Security-Policy', 'Referrer-Policy'];
const JSON_FIELDS: readonly FieldName[] = ['Cache-Control'];
const json = (schemas: NonNullable<Content['schemas']>): readonly Content[] => [{ type: 'application/json', schemas }];

const PLAIN = { method: 'get', query: {}, hasRanges: false, redirects: false, fields: JSON_FIELDS } as const;
const BYTES = { method: 'get', hasRanges: true, redirects: true, fields: BYTE_FIELDS, content: AUDIO } as const;

/** A file of the host's page. */
const PAGE = {
  method: 'get',
  query: {},
  hasRanges: true,
  redirects: false,
  isOpen: true,
  fields: OF_REPRESENTATION,
  problems: ['precondition_failed', 'range_not_satisfiable'],
} as const;

const AUDIO_PROBLEMS = [
  ...PLAYABLE_PROBLEMS,
  ...TIME_PROBLEMS,
  ...BYTE_PROBLEMS,
  'time_range_unsupported',
  'answer_too_large',
] as const;

export const OPERATIONS: readonly Operation[] = [
  {
    ...PLAIN,
    route: '/v1/tracks',
    path: '/v1/tracks',
    id: 'listTracks',
    summary: 'The tracks in the order of their paths, page by page.',
    query: listParameters,
    content: json({ TrackList: trackListSchema }),
    problems: ['invalid_parameter', 'invalid_cursor'],
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id',
    path: '/v1/tracks/{id}',
    id: 'getTrack',
    summary: 'One track: its state, its timeline, its tags, its links.',
    content: json({ Track: trackSchema }),
    problems: TRACK_PROBLEMS,
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id/chunks',
    path: '/v1/tracks/{id}/chunks',
    id: 'resolveRange',
    summary: 'A range by bytes or time as signed URLs of chunks. A Range header does what bytes does.',
    query: chunkParameters,
    content: json({ Plan: planSchema, PlanList: planListSchema }),
    problems: [...PLAYABLE_PROBLEMS, ...TIME_PROBLEMS],
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id/:action{chunks:resolve}',
    path: '/v1/tracks/{id}/chunks:resolve',
    method: 'post',
    id: 'resolveRanges',
    summary: 'Several ranges at once, as a list of plans.',
    body: resolveBodySchema,
    content: json({ PlanList: planListSchema }),
    problems: [...PLAYABLE_PROBLEMS, ...TIME_PROBLEMS, 'invalid_body', 'body_too_large'],
  },
  {
    ...BYTES,
    route: '/v1/tracks/:id/audio',
    path: '/v1/tracks/{id}/audio',
    id: 'getAudio',
    summary: 'The bytes of the source, or of a part of it.',
    query: audioParameters,
    problems: AUDIO_PROBLEMS,
  },
  {
    ...BYTES,
    route: '/stream/:path{.+}',
    path: '/stream/{path}',
    id: 'stream',
    summary: 'The same by the path of the source.',
    query: audioParameters,
    problems: AUDIO_PROBLEMS,
  },
  {
    ...BYTES,
    route: '/d/:key{.+}',
    path: '/d/{key}',
    id: 'getDerived',
    summary: 'A derived object, for ever the same under its address.',
    query: signatureParameters,
    content: [{ type: '*/*' }],
    problems: [...BYTE_PROBLEMS, 'answer_too_large'],
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id/analysis',
    path: '/v1/tracks/{id}/analysis',
    id: 'getAnalysis',
    summary: 'Loudness, peaks, spectrum and silences.',
    content: json({ Analysis: analysisSchema }),
    problems: [...PLAYABLE_PROBLEMS, ...ANALYSIS_PROBLEMS],
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id/:file{waveform\\.(?:dat|json|svg)}',
    path: '/v1/tracks/{id}/{file}',
    id: 'getWaveform',
    summary: 'The waveform as waveform.dat or waveform.json (of audiowaveform), or waveform.svg.',
    query: waveformParameters,
    hasRanges: true,
    fields: COMPANION_FIELDS,
    content: [...json({ Waveform: waveformSchema }), { type: 'application/octet-stream' }, { type: 'image/svg+xml' }],
    problems: [...PLAYABLE_PROBLEMS, ...ANALYSIS_PROBLEMS, ...TIME_PROBLEMS, 'answer_too_large', 'precondition_failed'],
  },
  {
    ...PLAIN,
    route: '/v1/tracks/:id/subtitles/:file',
    path: '/v1/tracks/{id}/subtitles/{file}',
    id: 'getSubtitles',
    summary: 'Subtitles that lie beside the source, as WebVTT: {language}.vtt.',
    hasRanges: true,
    fields: COMPANION_FIELDS,
    content: [{ type: 'text/vtt' }],
    problems: [...TRACK_PROBLEMS, 'precondition_failed', 'range_not_satisfiable'],
  },
  {
    ...PAGE,
    route: '/',
    path: '/',
    id: 'getPage',
    summary: 'The page: all tracks, to be listened to.',
    fields: HTML_FIELDS,
    content: [{ type: 'text/html' }],
  },
  {
    ...PAGE,
    route: '/web/page.js',
    path: '/web/page.js',
    id: 'getPageScript',
    summary: 'The script of the page.',
    content: [{ type: 'text/javascript' }],
  },
  {
    ...PAGE,
    route: '/web/join.js',
    path: '/web/join.js',
    id: 'getJoiner',
    summary: 'The joiner of chunks, as a module for anybody’s page.',
    content: [{ type: 'text/javascript' }],
  },
  {
    ...PAGE,
    route: '/v1/openapi.json',
    path: '/v1/openapi.json',
    id: 'getOpenApi',
    summary: 'This description of the API: OpenAPI 3.1.',
    content: [{ type: 'application/json' }],
  },
  {
    ...PAGE,
    route: '/v1/docs',
    path: '/v1/docs',
    id: 'getDocs',
    summary: 'The same as a page for people.',
    fields: HTML_FIELDS,
    content: [{ type: 'text/html' }],
  },
];
