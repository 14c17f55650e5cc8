/**
 * What CloudFront decides by itself, so that an expectation of the suite holds for a direct origin only: behind the edge it
 * is `status` instead. docs/http-conformance.md tells the same, and a test holds it to this table.
 */
export type EdgeRule = {
  /** What is asked, as the documentation names it. */
  readonly request: string;
  /** What the service answers to who asks it directly. */
  readonly direct: string;
  /** What the edge answers. */
  readonly status: number;
  /** The page of CloudFront's Developer Guide that says so. */
  readonly page: string;
  readonly sentence: string;
  /** Why HTTP lets it. */
  readonly allowed: string;
};

const RANGE_GETS = 'How CloudFront processes partial requests for an object (range GETs)';
const RANGE_IS_OPTIONAL = 'RFC 9110 section 14.2: “A server MAY ignore the Range header field.”';

export const RANGES_OUT_OF_ORDER: EdgeRule = {
  request: 'several ranges, not in ascending order',
  direct: '206 or 416, the order kept',
  status: 200,
  page: RANGE_GETS,
  sentence: 'The ranges must be listed in ascending order.',
  allowed: RANGE_IS_OPTIONAL,
};

export const RANGES_WITH_AN_EMPTY_ONE: EdgeRule = {
  request: 'several ranges, an empty element among them',
  direct: '206 with the others',
  status: 200,
  page: RANGE_GETS,
  sentence: 'All of the ranges specifications must be valid.',
  allowed: RANGE_IS_OPTIONAL,
};

export const RANGE_OF_CACHED: EdgeRule = {
  request: 'a range past the end of what the edge holds',
  direct: '416, a problem document with Accept-Ranges',
  status: 416,
  page: RANGE_GETS,
  sentence:
    'If the cache in that edge location already contains the entire object or the requested portion of the object, CloudFront immediately serves the requested range from the cache.',
  allowed: 'RFC 9110 section 14.4 asks for Content-Range, which is there; the words are its own',
};

export const METHOD_NOT_LISTED: EdgeRule = {
  request: 'POST, PUT, PATCH, DELETE',
  direct: '405 with Allow',
  status: 403,
  page: 'HTTP 403 status code (Invalid method)',
  sentence:
    "CloudFront returns a 403 (Invalid method) error if you're trying to use an HTTP method that you haven't specified in the CloudFront distribution.",
  allowed: 'RFC 9110 section 15.5.6 binds origin servers, and these methods reach none',
};

export const REQUEST_TOO_LONG: EdgeRule = {
  request: 'a header section beyond reason',
  direct: '431',
  status: 413,
  page: 'Request and response behavior for custom origins',
  sentence:
    'If a request or a URL exceeds these maximums, CloudFront returns HTTP status code 413, Request Entity Too Large, to the viewer, and then terminates the TCP connection to the viewer.',
  allowed: 'RFC 6585 section 7.3: “Servers are not required to use the 431 status code”',
};

export const EDGE_RULES: readonly EdgeRule[] = [
  RANGES_OUT_OF_ORDER,
  RANGES_WITH_AN_EMPTY_ONE,
  RANGE_OF_CACHED,
  METHOD_NOT_LISTED,
  REQUEST_TOO_LONG,
];
