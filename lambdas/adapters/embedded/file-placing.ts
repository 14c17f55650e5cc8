import { renameSync, write } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { CuepointError } from '../../core/errors.ts';
import type { ObjectBody } from '../../core/ports.ts';
import { MAX_FOLDER_ATTEMPTS, makeFolder } from './folders.ts';
import { isAbsence, systemErrorCode } from './system-error.ts';

const writeAt = promisify(write);

/** Writes the parts one after the other, each before the next is asked for; `length_mismatch` unless all fit. */
export async function writeBody(fd: number, key: string, body: ObjectBody): Promise<void> {
  let writtenBytes = 0;
  for await (const part of body.parts) {
    if (writtenBytes + part.length > body.byteLength) throw wrongLength(key, body.byteLength, 'more');
    for (let done = 0; done < part.length; ) {
      const { bytesWritten } = await writeAt(fd, part, done, part.length - done, null);
      done += bytesWritten;
    }
    writtenBytes += part.length;
  }
  if (writtenBytes !== body.byteLength) throw wrongLength(key, body.byteLength, String(writtenBytes));
}

function wrongLength(key: string, announced: number, received: string): CuepointError {
  return new CuepointError(
    'length_mismatch',
    `"${key}" was announced with ${announced} bytes but ${received} arrived; nothing was stored, send it again`,
  );
}

/** Renames a finished file to its path, making the folders it needs; `invalid_key` when other objects stand in the way. */
export async function moveIntoPlace(from: string, to: string, key: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOTDIR') throw obstructed(key, 'a file lies where it needs a folder', error);
      if (attempt === MAX_FOLDER_ATTEMPTS) throw error;
      if (code === 'ENOENT') await makeFolderFor(key, dirname(to));
      else if (code === 'EISDIR') await removeEmptyFolder(to, key);
      else throw error;
    }
  }
}

async function makeFolderFor(key: string, folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOTDIR' || code === 'EEXIST') throw obstructed(key, 'a file lies where it needs a folder', error);
    throw error;
  }
}

/** An empty folder is no object, so it gives way. */
async function removeEmptyFolder(path: string, key: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTEMPTY') throw obstructed(key, 'a folder of that name holds files', error);
    if (!isAbsence(error)) throw error;
  }
}

function obstructed(key: string, reason: string, cause: unknown): CuepointError {
  return new CuepointError('invalid_key', `"${key}" cannot be stored: ${reason}; choose another key`, { cause });
}
