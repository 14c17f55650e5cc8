/** How the derived objects of a revision are stored: when it is ingested, and when one of them has to be made again. */
import type { AudioFormat } from '../formats/format.ts';
import type { Chunk } from '../index/page.ts';
import type { ByteSource, ObjectAttributes, ObjectStore } from '../ports.ts';
import { chunkKey, chunkMetadata, sourceCopyKey } from './object-keys.ts';
import { type CopyOptions, sourceBody } from './source-bytes.ts';

/** RFC 8246: what lies under `/d/` never changes under its URL. */
export const DERIVED_CACHE_CONTROL = 'public, max-age=31536000, immutable';

/** The attributes of a chunk object. All but the content type follow from its key. */
export function chunkAttributes(chunk: Chunk, contentType: string): ObjectAttributes {
  return { contentType, cacheControl: DERIVED_CACHE_CONTROL, metadata: chunkMetadata(chunk) };
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
  await media.put(sourceCopyKey(trackId, revision), sourceBody(source, 0, source.byteLength, options), {
    contentType: format.mimeType,
    cacheControl: DERIVED_CACHE_CONTROL,
  });
}
