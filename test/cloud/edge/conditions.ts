/**
 * If-Match and its kin, answered from the cache: RFC 9110 section 13.2.2, in its order.
 * "If you do not specify an ETag value, CloudFront ignores subsequent If-Match or If-None-Match headers."
 */

export type Verdict = 'proceed' | 'not-modified' | 'failed';

/** `request` has the viewer's headers, `stored` those of the representation. */
export function judge(request: Headers, stored: Headers): Verdict {
  const etag = stored.get('etag');
  const modified = timeOf(stored.get('last-modified'));
  const ifMatch = request.get('if-match');
  if (ifMatch !== null && etag !== null) {
    if (!matchesAny(ifMatch, etag, strongly)) return 'failed';
  } else if (ifMatch === null) {
    const since = timeOf(request.get('if-unmodified-since'));
    if (since !== undefined && modified !== undefined && modified > since) return 'failed';
  }
  const ifNoneMatch = request.get('if-none-match');
  if (ifNoneMatch !== null && etag !== null) return matchesAny(ifNoneMatch, etag, weakly) ? 'not-modified' : 'proceed';
  if (ifNoneMatch !== null) return 'proceed';
  const since = timeOf(request.get('if-modified-since'));
  return since !== undefined && modified !== undefined && modified <= since ? 'not-modified' : 'proceed';
}

/** Whether Range counts: true without If-Range. RFC 9110 section 13.1.5: by a strong validator only. */
export function rangeApplies(request: Headers, stored: Headers): boolean {
  const ifRange = request.get('if-range');
  if (ifRange === null) return true;
  const etag = stored.get('etag');
  if (/^(W\/)?"/.test(ifRange.trim())) return etag !== null && strongly(ifRange.trim(), etag);
  return ifRange.trim() === stored.get('last-modified');
}

export function isStrong(etag: string | null): etag is string {
  return etag !== null && /^"[^"]*"$/.test(etag);
}

function strongly(a: string, b: string): boolean {
  return isStrong(a) && a === b;
}

function weakly(a: string, b: string): boolean {
  return a.replace(/^W\//, '') === b.replace(/^W\//, '');
}

function matchesAny(header: string, etag: string, same: (a: string, b: string) => boolean): boolean {
  if (header.trim() === '*') return true;
  return (header.match(/(?:W\/)?"[^"]*"/g) ?? []).some((candidate) => same(candidate, etag));
}

/** RFC 9110 section 5.6.7: each of the three forms begins with the day's name. `Date.parse` takes a 1 for a year. */
function timeOf(date: string | null): number | undefined {
  const time = date !== null && /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(date) ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
