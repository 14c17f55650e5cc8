/** What passes through the edge: a viewer's request, and what it is answered. */

/** The request as the viewer sent it, and later as the function at the edge left it. */
export type EdgeRequest = {
  readonly method: string;
  /** As it came: percent-encoded, begins with a slash, without the query. */
  readonly path: string;
  /** As it came, without the question mark; empty when there is none. */
  readonly query: string;
  /** Names in lower case, several values of a name in several entries, in the order they came. */
  readonly fields: readonly HeaderField[];
  readonly clientIp: string;
  readonly requestId: string;
};

export type HeaderField = readonly [name: string, value: string];

/** A body that is read once, as fast as its reader asks. Ending the iteration early gives up its source. */
export type EdgeBody = AsyncIterable<Uint8Array>;

export type EdgeAnswer = {
  readonly status: number;
  /** Holds Content-Length when the length is known. */
  readonly headers: Headers;
  /** Null: no body (HEAD, 304). */
  readonly body: EdgeBody | null;
  /** Value of X-Cache, without `from cloudfront`. */
  readonly result: CacheResult;
};

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html (x-edge-result-type) */
export type CacheResult = 'Hit' | 'RefreshHit' | 'Miss' | 'Error' | 'FunctionGeneratedResponse';

/** Of several values the text that HTTP gives them as one. Undefined: there is none. */
export function fieldOf(request: EdgeRequest, name: string): string | undefined {
  const values = request.fields.filter(([key]) => key === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ');
}

/** Name and value of each cookie, in the order they came. */
export function cookiesOf(request: EdgeRequest): HeaderField[] {
  const pairs = (fieldOf(request, 'cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

/** The query's parameters as they came, nothing decoded. */
export function parametersOf(query: string): HeaderField[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}
