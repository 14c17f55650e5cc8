import { type BigIntStats, closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { CuepointError } from '../../core/errors.ts';
import type { ByteRange, ObjectInfo } from '../../core/ports.ts';
import { readBuffers } from './buffer-pool.ts';
import { fileVersion } from './file-version.ts';
import { isAbsence, systemErrorCode } from './system-error.ts';

/** Large enough to keep system calls few, small enough for many streams at once. */
const PART_BYTES = 256 * 1024;

export function missing(key: string): CuepointError<'source_missing'> {
  return new CuepointError('source_missing', `there is no object "${key}" (any more)`);
}

export function changed(key: string): CuepointError<'source_changed'> {
  return new CuepointError('source_changed', `"${key}" was written again; look it up anew`);
}

export function outside(
  key: string,
  startByte: number,
  endByte: number,
  byteLength: number,
): CuepointError<'range_not_satisfiable'> {
  return new CuepointError(
    'range_not_satisfiable',
    `bytes [${startByte}, ${endByte}) of "${key}" were asked for, but it has [0, ${byteLength})`,
  );
}

const readAt = promisify(read);

/**
 * An open file. Opening, looking at and closing a local file takes microseconds, a tenth of what a trip through the
 * thread pool does, and every ingest and every request does it many times: these calls are synchronous. Bytes are not.
 */
export type OpenFile = { readonly fd: number; readonly stats: BigIntStats };

/** Opening a named pipe that lies among the files must not wait for its writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** `undefined`: no file lies there. */
export function openFile(path: string): OpenFile | undefined {
  let fd: number;
  try {
    fd = openSync(path, OPEN_FLAGS);
  } catch (error) {
    // ENXIO: a socket lies there.
    if (isAbsence(error) || systemErrorCode(error) === 'ENXIO') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (stats.isFile()) return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

/** Fills `target` from `startByte` on; `source_changed` when the file ends before that (somebody cut it). */
export async function readFully(fd: number, key: string, startByte: number, target: Uint8Array): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await readAt(fd, target, done, target.length - done, startByte + done);
    if (bytesRead === 0) throw changed(key);
    done += bytesRead;
  }
}

/** What the cache of the system holds is copied in less time than a trip through the thread pool takes. */
const SHORT_READ_BYTES = 128 * 1024;

/** A read that took this long had to wait for a disk. */
const SLOW_READ_MS = 5;

/** So long after a slow read others are expected to be slow as well, and wait in the thread pool. */
const SLOW_PERIOD_MS = 100;

let slowUntilMs = 0;

/** True where so many bytes are likely to be read in less time than waiting for them takes. While a disk is slow none are. */
export function isReadAtOnce(byteLength: number): boolean {
  return byteLength <= SHORT_READ_BYTES && performance.now() >= slowUntilMs;
}

/** Fills `target` from `startByte` on; false when the file ends before that. */
export function readNow(fd: number, startByte: number, target: Uint8Array): boolean {
  const startedAtMs = performance.now();
  const bytesRead = readSync(fd, target, 0, target.length, startByte);
  const nowMs = performance.now();
  if (nowMs - startedAtMs > SLOW_READ_MS) slowUntilMs = nowMs + SLOW_PERIOD_MS;
  return bytesRead === target.length;
}

/**
 * The bytes of `range` in fresh buffers. The file is opened by the first `next()` and closed at the end, on an early
 * return and on errors, so a body that nobody iterates holds nothing.
 */
export async function* readBody(
  openFile: () => OpenFile | undefined,
  info: ObjectInfo,
  range: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = openFile();
  if (opened === undefined) throw missing(info.key);
  try {
    if (fileVersion(opened.stats) !== info.version) throw changed(info.key);
    for (let startByte = range.startByte; startByte < range.endByte; ) {
      const part = readBuffers.take(Math.min(PART_BYTES, range.endByte - startByte));
      await readFully(opened.fd, info.key, startByte, part);
      startByte += part.length;
      // Before the last part: a caller that counts bytes may not come back after it.
      if (startByte === range.endByte) {
        const after = fstatSync(opened.fd, { bigint: true });
        if (fileVersion(after) !== info.version) throw changed(info.key);
      }
      yield part;
    }
  } finally {
    closeSync(opened.fd);
  }
}

/** What has been read already, as a body. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
