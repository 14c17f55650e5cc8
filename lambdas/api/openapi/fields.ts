/** The header fields of answers, by name, in words. Every field that an answer carries is here; a test compares. */
export const answerFields = {
  'Accept-Ranges': 'bytes: ranges may be asked for.',
  'Access-Control-Allow-Headers': 'The fields that a preflight gets leave for.',
  'Access-Control-Allow-Methods': 'The methods that a preflight gets leave for.',
  'Access-Control-Allow-Origin': 'Any origin, or the one that asks where origins are configured.',
  'Access-Control-Allow-Private-Network': 'true, in a preflight from the public web to a private network.',
  'Access-Control-Expose-Headers': 'The fields that scripts of other origins may read.',
  'Access-Control-Max-Age': 'Seconds that a preflight may be kept.',
  Allow: 'The methods of the address.',
  'Cache-Control':
    'public, no-cache for pointers; no-cache for JSON and the page; public, max-age=31536000, immutable under /d/; no-store for problems.',
  'Content-Disposition': 'inline, and the name to save it under (RFC 6266, RFC 8187).',
  'Content-Length': 'Exact, also for HEAD.',
  'Content-Range': 'The range that this is and the length of all, or of a 416 the length alone.',
  'Content-Security-Policy': 'What the page may load: nothing but what is of this origin, and of that of signed links.',
  'Content-Type': 'The media type.',
  'Cross-Origin-Resource-Policy': 'cross-origin, or same-site where origins are configured.',
  'Cuepoint-Bitrate': 'Bits per second of the track, on average.',
  'Cuepoint-Channels': 'Channels of the track.',
  'Cuepoint-Codec': 'Codec of the track.',
  'Cuepoint-Duration': 'Seconds of the whole track.',
  'Cuepoint-Revision': 'The revision that the answer is of.',
  'Cuepoint-Sample-Rate': 'Samples a second of the track.',
  'Cuepoint-Skip-Samples': 'Of a part by time: what to drop of the decoded samples, first.',
  'Cuepoint-Take-Samples': 'Of a part by time: how many decoded samples to keep then.',
  ETag: 'Strong, one for each representation.',
  'Last-Modified': 'When the source was last modified; of a waveform: analysed; of the page: built.',
  Location: 'Where a redirect leads.',
  'Referrer-Policy': 'no-referrer, of the page.',
  'Retry-After': 'Seconds.',
  'Server-Timing': 'index: finding the track; storage: the first bytes; total. Milliseconds.',
  'Timing-Allow-Origin': 'Who may read the timings.',
  Vary: 'What of the request the answer depends on, beside its address: Range for plans, Origin where origins are configured.',
  'X-Content-Type-Options': 'nosniff',
} as const;

export type FieldName = keyof typeof answerFields;

/** On every answer. */
export const ALWAYS: readonly FieldName[] = [
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
  'Cross-Origin-Resource-Policy',
  'Timing-Allow-Origin',
  'Vary',
  'X-Content-Type-Options',
];

export const OF_TRACK: readonly FieldName[] = [
  'Content-Disposition',
  'Cuepoint-Bitrate',
  'Cuepoint-Channels',
  'Cuepoint-Codec',
  'Cuepoint-Duration',
  'Cuepoint-Revision',
  'Cuepoint-Sample-Rate',
];

/** Of a part by time. */
export const OF_PART: readonly FieldName[] = ['Cuepoint-Skip-Samples', 'Cuepoint-Take-Samples'];

export const OF_REPRESENTATION: readonly FieldName[] = ['Accept-Ranges', 'Cache-Control', 'ETag', 'Last-Modified'];
