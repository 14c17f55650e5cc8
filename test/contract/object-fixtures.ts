import type { ObjectBody, ObjectInfo, ObjectRead, ObjectStore } from '../../lambdas/core/ports.ts';

export const OCTETS = { contentType: 'application/octet-stream' } as const;

/** Bytes in which every window tells its place: a counter over a period that is prime. */
export function numberedBytes(length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index + seed) % 251;
  return bytes;
}

export function bodyOf(bytes: Uint8Array): ObjectBody {
  return { byteLength: bytes.length, parts: [bytes] };
}

/** Answers by what these bytes can be asked for again. */
export async function putBytes(
  store: ObjectStore,
  key: string,
  bytes: Uint8Array,
): Promise<Pick<ObjectInfo, 'key' | 'version'>> {
  const { version } = await store.put(key, bodyOf(bytes), OCTETS);
  return { key, version };
}

/** What is told of an object, which must be there: two absences would pass for the same. */
export async function presentInfo(store: ObjectStore, key: string): Promise<ObjectInfo> {
  const info = await store.head(key);
  if (info === undefined) throw new Error(`there is no "${key}"`);
  return info;
}

export async function drain(read: ObjectRead): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of read.body) parts.push(part);
  return concatenated(parts);
}

/** The whole object, or nothing. */
export async function getBytes(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  const read = await store.get(key);
  return read === undefined ? undefined : drain(read);
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Compares in native code: `toEqual` takes seconds over megabytes. */
export function sameBytes(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}

/** The key order of the port, told by the encoder rather than by any comparison of ours. */
export function inKeyOrder(keys: readonly string[]): string[] {
  return [...keys].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

/** Every key below `prefix`, page by page; fails when paging does not come to an end. */
export async function listAll(
  store: ObjectStore,
  options: { prefix: string; after?: string; limit: number },
): Promise<{ keys: string[]; pageLengths: number[] }> {
  const keys: string[] = [];
  const pageLengths: number[] = [];
  let after = options.after;
  for (let page = 0; page < 1000; page++) {
    const { objects, next } = await store.list({ ...options, ...(after === undefined ? {} : { after }) });
    keys.push(...objects.map((object) => object.key));
    pageLengths.push(objects.length);
    if (next === undefined) return { keys, pageLengths };
    after = next;
  }
  throw new Error('paging did not end after 1000 pages');
}
