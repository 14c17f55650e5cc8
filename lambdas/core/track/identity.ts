import { type ChunkingConfig, chunkingKey } from '../chunking/strategy.ts';
import { INDEX_FORMAT } from '../index/page.ts';
import type { ChunkLocation } from './record.ts';

/** RFC 4648 base32 in lower case: safe in URLs, file names and object keys, and never begins with a dash. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** What an id may begin with, as one text. Each is as frequent as the others: they are hashes. */
export const ID_LETTERS = ALPHABET;

/** 130 bits: ids are as good as unique, and a guess is hopeless. */
const ID_LENGTH = 26;

/**
 * Raised when the same source and configuration would be stored differently (another timeline rule, another preroll, other
 * object keys), so that it becomes a new revision.
 */
const SCANNER_GENERATION = 3;

/** Opaque id of a track: a hash of bucket and key, so that keys made of it spread over storage partitions. */
export function trackIdOf(bucket: string, path: string): Promise<string> {
  return digest('track', bucket, path);
}

/** Revision: a hash of everything that what is derived from a source depends on. */
export function revisionOf(sourceVersion: string, chunking: ChunkingConfig, location: ChunkLocation): Promise<string> {
  return digest(
    'revision',
    sourceVersion,
    String(INDEX_FORMAT),
    String(SCANNER_GENERATION),
    chunkingKey(chunking),
    location,
  );
}

/** A name for what these bytes are: the same for the same, and hardly ever for others. */
export async function digestOfBytes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes);
  return base32(new Uint8Array(hash)).slice(0, ID_LENGTH);
}

async function digest(...parts: string[]): Promise<string> {
  // NUL cannot occur in a part, so that no two lists of parts are the same bytes.
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(parts.join('\0')));
  return base32(new Uint8Array(hash)).slice(0, ID_LENGTH);
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
