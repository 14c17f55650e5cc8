import { base64ToBytes, bytesToBase64 } from '../core/base64.ts';
import type { ObjectStore } from '../core/ports.ts';
import { DERIVED_CACHE_CONTROL } from '../core/track/derived-objects.ts';
import { manifestKey } from '../core/track/object-keys.ts';
import type { PublishedRevision } from '../core/track/record.ts';

/** Everything about a revision that its chunk objects do not say themselves. Like them, the same whenever it is made. */
type Manifest = Omit<PublishedRevision, 'init' | 'directory' | 'publishedAtMs'> & { readonly initBase64: string };

type RevisionName = { readonly trackId: string; readonly revision: string };

export async function writeManifest(
  media: ObjectStore,
  { trackId, revision }: RevisionName,
  published: PublishedRevision,
): Promise<void> {
  const { init, directory: _, publishedAtMs: __, ...rest } = published;
  const manifest: Manifest = { ...rest, initBase64: bytesToBase64(init) };
  const body = new TextEncoder().encode(JSON.stringify(manifest));
  await media.put(
    manifestKey(trackId, revision),
    { byteLength: body.length, parts: [body] },
    { contentType: 'application/json', cacheControl: DERIVED_CACHE_CONTROL },
  );
}

export async function readManifest(
  media: ObjectStore,
  { trackId, revision }: RevisionName,
): Promise<Omit<PublishedRevision, 'directory' | 'publishedAtMs'> | undefined> {
  const object = await media.get(manifestKey(trackId, revision));
  if (object === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of object.body) parts.push(part);
  const text = parts.map((part, i) => decoder.decode(part, { stream: i < parts.length - 1 })).join('');
  const manifest = parseManifest(text);
  if (manifest?.revision !== revision) return undefined;
  const { initBase64, ...rest } = manifest;
  return { ...rest, init: base64ToBytes(initBase64) };
}

/** `undefined` for what a power cut or an editor has left of one: the revision is then built anew. */
function parseManifest(text: string): Manifest | undefined {
  try {
    const value: Manifest | null = JSON.parse(text);
    return typeof value === 'object' && typeof value?.initBase64 === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

const decoder = new TextDecoder();
