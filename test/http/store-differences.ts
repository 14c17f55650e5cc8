/**
 * Where the store of the local cloud (Ceph RGW 16.2) answers a link otherwise than RFC 9110 has it. Under one link the bytes
 * never change, so none of it gives a wrong one. Several ranges are not asked of it: "Amazon S3 doesn't support retrieving
 * multiple ranges of data per GET request" (GetObject, Range). Of the rest S3's documentation says nothing.
 */
export type StoreDifference = {
  /** Name of the case in ranges.ts or preconditions.ts. */
  readonly request: string;
  /** The store's; the case has the RFC's. */
  readonly status: number;
};

/** It compares with one tag, without its quotes: lists, `*` and weak tags are other tags. */
const ONE_TAG: readonly StoreDifference[] = [
  { request: 'If-Match with the tag among others', status: 412 },
  { request: 'If-Match *', status: 412 },
  { request: 'If-None-Match compares weakly', status: 200 },
  { request: 'If-None-Match with the tag last', status: 200 },
  { request: 'If-None-Match *', status: 200 },
  { request: 'If-None-Match with the tag unquoted', status: 304 },
];

/** It refuses what is no date. */
const DATES: readonly StoreDifference[] = [
  { request: 'If-Modified-Since what is no date', status: 400 },
  { request: 'If-Unmodified-Since what is no date', status: 400 },
];

/** It does not know If-Range. */
const IF_RANGE: readonly StoreDifference[] = [
  { request: 'If-Range: another tag', status: 206 },
  { request: 'If-Range: strong comparison: a weak tag', status: 206 },
  { request: 'If-Range: exact match: a later date', status: 206 },
  { request: 'If-Range: an earlier date', status: 206 },
  { request: 'If-Range: what is neither', status: 206 },
  { request: 'If-Range: a list, which it cannot be', status: 206 },
];

export const STORE_DIFFERENCES: readonly StoreDifference[] = [
  // It gives everything.
  { request: 'a suffix of no bytes is unsatisfiable', status: 206 },
  ...ONE_TAG,
  ...DATES,
  ...IF_RANGE,
];
