import fc from 'fast-check';
import { CacheStore } from './cache-store.ts';
import { distinctBytes } from './file-origin.ts';
import { StoredResponse } from './stored-response.ts';

const stored = (length: number, etag = '"a"') =>
  new StoredResponse({
    status: 200,
    headers: new Headers({ etag }),
    length,
    freshUntilMs: 0,
    staleUntilMs: 0,
    storedAtMs: 0,
  });

function withBytes(byteLength: number): StoredResponse {
  const entry = stored(byteLength);
  entry.add(0, new Uint8Array(byteLength));
  return entry;
}

describe('the store', () => {
  test('gives up what was used least recently, and stays within its size', () => {
    const store = new CacheStore(50_000);
    for (const key of ['a', 'b', 'c']) store.put(key, withBytes(10_000));
    store.find('a');
    store.put('d', withBytes(20_000));
    expect(['a', 'b', 'c', 'd'].filter((key) => store.find(key) !== undefined)).toEqual(['a', 'c', 'd']);
    expect(store.byteSize).toBeLessThanOrEqual(50_000);
  });

  test('an entry that is larger than the store does not stay', () => {
    const store = new CacheStore(5000);
    store.put('a', withBytes(6000));
    expect(store.find('a')).toBeUndefined();
  });
});

describe('an entry', () => {
  const LENGTH = 200;
  const bytes = distinctBytes(LENGTH);
  const span = fc.tuple(fc.nat(LENGTH), fc.nat(LENGTH)).map(([a, b]) => ({
    startByte: Math.min(a, b),
    endByte: Math.max(a, b),
  }));

  test('holds what was added, and gives it as it was', () => {
    fc.assert(
      fc.property(fc.array(span, { maxLength: 8 }), span, (added, wanted) => {
        const entry = stored(LENGTH);
        const held = new Set<number>();
        for (const { startByte, endByte } of added) {
          expect(entry.add(startByte, bytes.slice(startByte, endByte))).toBe(0);
          for (let at = startByte; at < endByte; at++) held.add(at);
        }
        const all = Array.from({ length: wanted.endByte - wanted.startByte }, (_, index) => wanted.startByte + index);
        expect(entry.holds(wanted)).toBe(all.every((at) => held.has(at)));
        if (entry.holds(wanted)) {
          const read = Buffer.concat(entry.read(wanted));
          expect(Buffer.compare(read, bytes.subarray(wanted.startByte, wanted.endByte))).toBe(0);
        }
        expect(entry.byteSize).toBe(1024 + held.size);
      }),
    );
  });

  test('counts the bytes that are others than they were', () => {
    const entry = stored(LENGTH);
    entry.add(0, bytes.slice(0, 100));
    const changed = bytes.slice(50, 150);
    for (const index of [0, 10, 49, 60]) changed[index] = (changed[index] ?? 0) ^ 0xff;
    expect(entry.add(50, changed)).toBe(3);
  });

  test.each([
    ['the same strong ETag and length', '"a"', LENGTH, true],
    ['another ETag', '"b"', LENGTH, false],
    ['another length', '"a"', LENGTH + 1, false],
  ])('is combined with parts of %s: %s', (_, etag, length, expected) => {
    expect(stored(LENGTH).isSameRepresentation(new Headers({ etag }), length)).toBe(expected);
  });

  test('is never combined by a weak ETag (RFC 9111 section 3.4)', () => {
    expect(stored(LENGTH, 'W/"a"').isSameRepresentation(new Headers({ etag: 'W/"a"' }), LENGTH)).toBe(false);
  });
});
