import { MANAGED_CACHE_POLICIES } from './cache-policy.ts';
import { lifetimeOf } from './freshness.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const [policy] = MANAGED_CACHE_POLICIES.values();

function secondsOf(
  status: number,
  headers: Record<string, string>,
  [minTtlSeconds, defaultTtlSeconds, maxTtlSeconds]: readonly [number, number, number],
  errors: readonly (readonly [number, number])[] = [],
): number | undefined {
  if (policy === undefined) throw new Error('there is no managed policy');
  const rules = {
    policy: { ...policy, minTtlSeconds, defaultTtlSeconds, maxTtlSeconds },
    errorTtlSeconds: new Map(errors),
  };
  return lifetimeOf(status, new Headers(headers), rules, NOW).ttlSeconds;
}

describe('the table of Expiration', () => {
  test.each([
    ['max-age', { 'cache-control': 'max-age=60' }, [0, 5, 1000], 60],
    ['the lesser of max-age and maximum TTL', { 'cache-control': 'max-age=60' }, [0, 5, 30], 30],
    ['the greater of max-age and minimum TTL', { 'cache-control': 'max-age=60' }, [90, 100, 1000], 90],
    ['s-maxage', { 'cache-control': 'max-age=60, s-maxage=70' }, [0, 5, 1000], 70],
    ['Expires', { expires: 'Sat, 21 Nov 2026 12:01:00 GMT' }, [0, 5, 1000], 60],
    ['Expires beyond the maximum TTL', { expires: 'Sun, 22 Nov 2026 12:00:00 GMT' }, [0, 5, 1000], 1000],
    [
      'max-age before Expires',
      { 'cache-control': 'max-age=7', expires: 'Sun, 22 Nov 2026 12:00:00 GMT' },
      [0, 5, 90],
      7,
    ],
    ['nothing: default TTL', {}, [0, 5, 1000], 5],
    ['nothing: the minimum TTL when that is greater', {}, [9, 5, 1000], 9],
    ['words without an age: default TTL', { 'cache-control': 'public' }, [0, 5, 1000], 5],
    ['no-store', { 'cache-control': 'no-store, max-age=60' }, [0, 5, 1000], undefined],
    ['no-cache: kept, and asked about', { 'cache-control': 'no-cache' }, [0, 5, 1000], 0],
    ['CachingDisabled', { 'cache-control': 'max-age=60' }, [0, 0, 0], undefined],
  ] as const)('%s', (_, headers, ttls, seconds) => {
    expect(secondsOf(200, headers, ttls)).toBe(seconds);
    expect(secondsOf(206, headers, ttls)).toBe(seconds);
  });
});

describe('errors', () => {
  test.each([
    ['10 s by default', 404, {}, [], 10],
    ['the greater of the two', 404, { 'cache-control': 'max-age=60' }, [[404, 30]], 60],
    ['the distribution’s own', 404, { 'cache-control': 'max-age=6' }, [[404, 30]], 30],
    ['of a 5xx, whatever it says', 503, { 'cache-control': 'no-store' }, [], 10],
    ['of a 5xx, unless the distribution says 0', 503, {}, [[503, 0]], undefined],
    ['400 without an age', 400, {}, [], undefined],
    ['400 with one', 400, { 'cache-control': 'max-age=60' }, [], 60],
    ['416', 416, { 'cache-control': 'max-age=60' }, [[416, 60]], undefined],
  ] as const)('%s', (_, status, headers, errors, seconds) => {
    expect(secondsOf(status, headers, [0, 0, 1000], errors)).toBe(seconds);
  });
});
