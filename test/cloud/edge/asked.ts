/** One request as the cache sees it. */
import { type RangeSpec, requestedRanges } from './byte-ranges.ts';
import type { Behaviour } from './distribution.ts';
import type { EdgeRequest } from './exchange.ts';
import { cacheKeyOf, type OriginRequest, originRequestOf } from './forwarding.ts';

export type Asked = {
  readonly behaviour: Behaviour;
  readonly key: string;
  readonly method: string;
  /** With the viewer's conditions and ranges. */
  readonly origin: OriginRequest;
  /** The viewer's. Undefined: the whole. */
  readonly ranges: readonly RangeSpec[] | undefined;
};

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

export function askedBy(request: EdgeRequest, behaviour: Behaviour): Asked {
  const origin = originRequestOf(request, behaviour);
  const ranges = requestedRanges(origin.headers.get('range'));
  // "If your Range headers don't adhere to the following requirements, CloudFront returns 200 with the full object."
  if (ranges === undefined) origin.headers.delete('range');
  return { behaviour, key: cacheKeyOf(request, behaviour), method: request.method, origin, ranges };
}

export function isConditional({ origin }: Asked): boolean {
  return CONDITIONS.some((name) => origin.headers.has(name));
}

/** Of a request for exactly one range of a GET that range. */
export function onlyRange({ method, ranges }: Asked): RangeSpec | undefined {
  return method === 'GET' && ranges?.length === 1 ? ranges[0] : undefined;
}

/** The origin's request with other headers; null takes a header out. */
export function askingWith(origin: OriginRequest, changes: Readonly<Record<string, string | null>>): OriginRequest {
  const headers = new Headers(origin.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  return { ...origin, headers };
}
