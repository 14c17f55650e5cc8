/**
 * The header fields that every answer carries, whatever was asked: who may read it (Fetch: CORS, Cross-Origin Resource
 * Policy, Private Network Access; Resource Timing), and that its type is meant.
 */
import type { RequestHeaders } from '../core/http/preconditions.ts';
import type { PlanHeaders } from '../core/http/response-plan.ts';
import type { ApiConfig } from './ports.ts';

/** Fields of requests beyond those that CORS lets through by itself. Chromecast asks leave for the last two as well. */
export const ALLOWED_REQUEST_FIELDS = [
  'Range',
  'If-Range',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'If-Unmodified-Since',
  'Content-Type',
  'Accept-Encoding',
] as const;

/** Fields of answers beyond those that CORS lets scripts read by itself. */
export const EXPOSED_FIELDS = [
  'Accept-Ranges',
  'Content-Disposition',
  'Content-Length',
  'Content-Range',
  'ETag',
  'Location',
  'Retry-After',
  'Server-Timing',
  'Cuepoint-Bitrate',
  'Cuepoint-Channels',
  'Cuepoint-Codec',
  'Cuepoint-Duration',
  'Cuepoint-Revision',
  'Cuepoint-Sample-Rate',
  'Cuepoint-Skip-Samples',
  'Cuepoint-Take-Samples',
] as const;

/** Browsers keep a preflight for two hours at the most; others longer. */
const PREFLIGHT_SECONDS = 86_400;

const ALWAYS: PlanHeaders = { 'X-Content-Type-Options': 'nosniff' };

const READABLE: PlanHeaders = { 'Access-Control-Expose-Headers': EXPOSED_FIELDS.join(', ') };

const FOR_ANY_ORIGIN: PlanHeaders = {
  ...ALWAYS,
  ...READABLE,
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
};

/** With a list, other sites may not even embed the audio, and an answer depends on who asks. */
const FOR_OTHERS: PlanHeaders = { ...ALWAYS, 'Cross-Origin-Resource-Policy': 'same-site', Vary: 'Origin' };

type Config = Pick<ApiConfig, 'allowedOrigins'>;

export function sharedHeaders({ allowedOrigins }: Config, request: RequestHeaders): PlanHeaders {
  if (allowedOrigins === undefined) return FOR_ANY_ORIGIN;
  const origin = request.get('origin');
  if (typeof origin !== 'string' || !allowedOrigins.includes(origin)) return FOR_OTHERS;
  return { ...FOR_OTHERS, ...READABLE, 'Access-Control-Allow-Origin': origin, 'Timing-Allow-Origin': origin };
}

/** What an OPTIONS is answered with beside `Allow`: a preflight's leave, where the origin has it. */
export function preflightHeaders(config: Config, request: RequestHeaders): PlanHeaders {
  const shared = sharedHeaders(config, request);
  const isPreflight = typeof request.get('access-control-request-method') === 'string';
  if (!isPreflight || shared['Access-Control-Allow-Origin'] === undefined) return shared;
  return {
    ...shared,
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, OPTIONS',
    'Access-Control-Allow-Headers': ALLOWED_REQUEST_FIELDS.join(', '),
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    // A page of the public web that asks for a host in a private network.
    ...(request.get('access-control-request-private-network') === 'true' && {
      'Access-Control-Allow-Private-Network': 'true',
    }),
  };
}
