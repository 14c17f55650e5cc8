/** What the state of a file tells of the object that it is. */
import type { BigIntStats } from 'node:fs';
import type { ByteRange, ListedObject, ObjectInfo } from '../../core/ports.ts';
import type { StoredAttributes } from './attribute-sidecars.ts';
import { changed, outside } from './file-reading.ts';
import { fileVersion } from './file-version.ts';

/** Answers the length in bytes. */
export function checkVersion(key: string, stats: BigIntStats, version: string | undefined): number {
  if (version !== undefined && fileVersion(stats) !== version) throw changed(key);
  return Number(stats.size);
}

export function checkRange(key: string, { startByte, endByte }: ByteRange, byteLength: number): void {
  const whole = Number.isInteger(startByte) && Number.isInteger(endByte);
  if (!whole || startByte < 0 || startByte > endByte || endByte > byteLength) {
    throw outside(key, startByte, endByte, byteLength);
  }
}

export function toListed(key: string, stats: BigIntStats): ListedObject {
  return {
    key,
    byteLength: Number(stats.size),
    version: fileVersion(stats),
    lastModifiedMs: Number(stats.mtimeNs / 1_000_000n),
  };
}

export function toInfo(key: string, stats: BigIntStats, attributes: StoredAttributes): ObjectInfo {
  const { contentType, cacheControl, metadata } = attributes;
  return { ...toListed(key, stats), contentType, ...(cacheControl === undefined ? {} : { cacheControl }), metadata };
}
