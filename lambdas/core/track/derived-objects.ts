/** How the derived objects of a revision are stored: when it is ingested, and when one of them has to be made again. */
import type { AudioFormat } from '../formats/format.ts';
import type { PacketTable } from '../index/packet-table.ts';
import type { Chunk } from '../index/page.ts';
import type { ByteSource, ObjectAttributes, ObjectCopier, ObjectInfo, ObjectStore } from '../ports.ts';
import {
  chunkKey,
  chunkMetadata,
  chunkOfKey,
  initKey,
  ownerOfKey,
  packetTableKey,
  sourceCopyKey,
} from './object-keys.ts';
import { type CopyOptions, sourceBody } from './source-bytes.ts';

/** RFC 8246: what lies under `/d/` never changes under its URL. */
export const DERIVED_CACHE_CONTROL = 'public, max-age=31536000, immutable';

/** The attributes of a chunk object. All but the content type follow from its key. */
export function chunkAttributes(chunk: Chunk, contentType: string): ObjectAttributes {
  return { contentType, cacheControl: DERIVED_CACHE_CONTROL, metadata: chunkMetadata(chunk) };
}

/** What the key of an object of the media store tells of its attributes, when its content is of that type. */
export function derivedAttributes(key: string, contentType: string): ObjectAttributes {
  const chunk = chunkOfKey(key);
  if (chunk) return chunkAttributes(chunk, contentType);
  return ownerOfKey(key) ? { contentType, cacheControl: DERIVED_CACHE_CONTROL } : { contentType };
}

/** What the objects are made from and named by. */
export type DerivedFrom = {
  readonly trackId: string;
  readonly revision: string;
  readonly format: AudioFormat;
  readonly source: ByteSource;
};

export async function storeChunk(
  media: ObjectStore,
  { trackId, revision, format, source }: DerivedFrom,
  chunk: Chunk,
  options?: CopyOptions,
): Promise<void> {
  await media.put(
    chunkKey(trackId, revision, chunk, format.extension),
    sourceBody(source, chunk.startByte, chunk.endByte, options),
    chunkAttributes(chunk, format.mimeType),
  );
}

export async function storeSourceCopy(
  media: ObjectStore,
  { trackId, revision, format, source }: DerivedFrom,
  options?: CopyOptions,
): Promise<void> {
  const body = sourceBody(source, 0, source.byteLength, options);
  await media.put(sourceCopyKey(trackId, revision), body, audioAttributes(format));
}

type RevisionName = Pick<DerivedFrom, 'trackId' | 'revision'>;

/** The same without the bytes passing through here. Throws `source_changed`, `source_missing`. */
export async function copySource(
  copier: ObjectCopier,
  { trackId, revision, format }: RevisionName & Pick<DerivedFrom, 'format'>,
  { key, version }: Pick<ObjectInfo, 'key' | 'version'>,
): Promise<void> {
  const to = { key: sourceCopyKey(trackId, revision), attributes: audioAttributes(format) };
  await copier.copy({ from: { key, version }, to });
}

/** Of objects whose bytes are those of the source, or a part of them. */
export function audioAttributes(format: AudioFormat): ObjectAttributes {
  return { contentType: format.mimeType, cacheControl: DERIVED_CACHE_CONTROL };
}

export async function storePacketTable(
  media: ObjectStore,
  { trackId, revision }: RevisionName,
  table: PacketTable,
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(table));
  await storeBytes(media, packetTableKey(trackId, revision, table.chunk), bytes, 'application/json');
}

export async function storeInit(
  media: ObjectStore,
  { trackId, revision, format }: RevisionName & Pick<DerivedFrom, 'format'>,
  firstChunk: number,
  init: Uint8Array,
): Promise<void> {
  await storeBytes(media, initKey(trackId, revision, firstChunk), init, format.mimeType);
}

function storeBytes(media: ObjectStore, key: string, bytes: Uint8Array, contentType: string): Promise<unknown> {
  const body = { byteLength: bytes.length, parts: [bytes] };
  return media.put(key, body, { contentType, cacheControl: DERIVED_CACHE_CONTROL });
}
