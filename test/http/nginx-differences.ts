/** Where nginx and Cuepoint answer the same request differently, with the sentence of the RFC that decides it. */
export type NginxDifference = {
  /** Name of the exchange, as test/clients/nginx.clients.ts has it. */
  readonly request: string;
  readonly section: string;
  readonly sentence: string;
};

const RANGE_IS_OF_GET = {
  section: 'RFC 9110 section 14.2',
  sentence:
    'A server MUST ignore a Range header field received with a request method that is unrecognized or for which range handling is not defined. For this specification, GET is the only method for which range handling is defined.',
};

const ALLOW_BELONGS_TO_405 = {
  section: 'RFC 9110 section 15.5.6',
  sentence:
    "The origin server MUST generate an Allow header field in a 405 response containing a list of the target resource's currently supported methods.",
};

const OPTIONS_ARE_TOLD = {
  section: 'RFC 9110 section 9.3.7',
  sentence:
    'A server generating a successful response to OPTIONS SHOULD send any header that might indicate optional features implemented by the server and applicable to the target resource (e.g., Allow), including potential extensions not defined by this specification.',
};

const RANGES_ARE_JOINED = {
  section: 'RFC 9110 section 15.3.7.2',
  sentence:
    'When multiple ranges are requested, a server MAY coalesce any of the ranges that overlap, or that are separated by a gap that is smaller than the overhead of sending multiple parts, regardless of the order in which the corresponding range-spec appeared in the received Range header field.',
};

const INVALID_IS_IGNORED = {
  section: 'RFC 9110 section 14.2',
  sentence:
    'A server that supports range requests MAY ignore or reject a Range header field that contains an invalid ranges-specifier (Section 14.1.1), a ranges-specifier with more than two overlapping ranges, or a set of many small ranges that are not listed in ascending order, since these are indications of either a broken client or a deliberate denial-of-service attack (Section 17.15).',
};

const RANGE_IS_OPTIONAL = { section: 'RFC 9110 section 14.2', sentence: 'A server MAY ignore the Range header field.' };

const END_IS_CLAMPED = {
  section: 'RFC 9110 section 14.1.2',
  sentence:
    'If the last-pos value is absent, or if the value is greater than or equal to the current length of the representation data, the byte range is interpreted as the remainder of the representation (i.e., the server replaces the value of last-pos with a value that is one less than the current length of the selected representation).',
};

const EMPTY_ELEMENTS = {
  section: 'RFC 9110 section 5.6.1.2',
  sentence:
    'A recipient MUST parse and ignore a reasonable number of empty list elements: enough to handle common mistakes by senders that merge values, but not so much that they could be used as a denial-of-service mechanism.',
};

const LATER_IS_NOT_MODIFIED = {
  section: 'RFC 9110 section 13.1.3',
  sentence:
    "If the selected representation's last modification date is earlier or equal to the date provided in the field value, the condition is false.",
};

const NO_DATE_IS_IGNORED = {
  section: 'RFC 9110 section 13.1.4',
  sentence:
    'A recipient MUST ignore the If-Unmodified-Since header field if the received field value is not a valid HTTP-date (including when the field value appears to be a list of dates).',
};

const TAG_BEFORE_DATE = {
  section: 'RFC 9110 section 13.1.4',
  sentence: 'A recipient MUST ignore If-Unmodified-Since if the request contains an If-Match header field',
};

export const NGINX_DIFFERENCES: readonly NginxDifference[] = [
  { request: 'HEAD with Range', ...RANGE_IS_OF_GET },
  { request: 'POST', ...ALLOW_BELONGS_TO_405 },
  { request: 'PUT', ...ALLOW_BELONGS_TO_405 },
  { request: 'DELETE', ...ALLOW_BELONGS_TO_405 },
  { request: 'OPTIONS', ...OPTIONS_ARE_TOLD },
  { request: 'two ranges, touching', ...RANGES_ARE_JOINED },
  { request: 'two ranges, overlapping', ...RANGES_ARE_JOINED },
  { request: 'two ranges, the gap of 79 bytes', ...RANGES_ARE_JOINED },
  { request: 'sixteen times everything', ...RANGES_ARE_JOINED },
  { request: '17 ranges', ...RANGE_IS_OPTIONAL },
  { request: 'Range: an end of forty digits', ...END_IS_CLAMPED },
  { request: 'Range: empty elements of a list do not count', ...EMPTY_ELEMENTS },
  { request: 'Range: reversed ends are invalid: ignored', ...INVALID_IS_IGNORED },
  { request: 'Range: one reversed range spoils the set', ...INVALID_IS_IGNORED },
  { request: 'Range: letters', ...INVALID_IS_IGNORED },
  { request: 'Range: a lone dash', ...INVALID_IS_IGNORED },
  { request: 'Range: signs', ...INVALID_IS_IGNORED },
  { request: 'Range: a fraction', ...INVALID_IS_IGNORED },
  { request: 'Range: two dashes', ...INVALID_IS_IGNORED },
  { request: 'Range: hexadecimal digits', ...INVALID_IS_IGNORED },
  { request: 'Range: white space inside of a range', ...INVALID_IS_IGNORED },
  { request: 'Range: another list separator', ...INVALID_IS_IGNORED },
  { request: 'If-Modified-Since a later date', ...LATER_IS_NOT_MODIFIED },
  { request: 'If-Unmodified-Since what is no date', ...NO_DATE_IS_IGNORED },
  { request: 'If-Unmodified-Since does not count beside If-Match', ...TAG_BEFORE_DATE },
];
