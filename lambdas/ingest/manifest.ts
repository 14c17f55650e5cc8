import { base64ToBytes, bytesToBase64 } from '../core/base64.ts';
import type { ObjectStore } from '../core/ports.ts';
import { DERIVED_CACHE_CONTROL } from '../core/track/derived-objects.ts';
import { manifestKey } from '../core/track/object-keys.ts';
import type { PublishedRevision } from '../core/track/record.ts';

/** Everything about a revision that its chunk objects do not say themselves. Like them, the same whenever it is made. */
type Manifest = Omit<PublishedRevision, 'directory' | 'publishedAtMs'>;

type RevisionName = { readonly trackId: string; readonly revision: string };

export async function writeManifest(
  media: ObjectStore,
  { trackId, revision }: RevisionName,
  published: PublishedRevision,
): Promise<void> {
  const { directory: _, publishedAtMs: __, ...manifest } = published;
  const body = new TextEncoder().encode(JSON.stringify(manifest satisfies Manifest, bytesAsBase64));
  await media.put(
    manifestKey(trackId, revision),
    { byteLength: body.length, parts: [body] },
    { contentType: 'application/json', cacheControl: DERIVED_CACHE_CONTROL },
  );
}

export async function readManifest(
  media: ObjectStore,
  { trackId, revision }: RevisionName,
): Promise<Manifest | undefined> {
  const object = await media.get(manifestKey(trackId, revision));
  if (object === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const part of object.body) parts.push(part);
  const text = parts.map((part, i) => decoder.decode(part, { stream: i < parts.length - 1 })).join('');
  const manifest = parseManifest(text);
  return manifest?.revision === revision ? manifest : undefined;
}

/** `undefined` for what a power cut or an editor has left of one: the revision is then built anew. */
function parseManifest(text: string): Manifest | undefined {
  try {
    const value: Manifest | null = JSON.parse(text, base64AsBytes);
    return typeof value === 'object' && value?.init instanceof Uint8Array ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON knows no bytes: they are an object with this one member. */
type Base64 = { readonly base64: string };

function bytesAsBase64(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? ({ base64: bytesToBase64(value) } satisfies Base64) : value;
}

function base64AsBytes(_key: string, value: unknown): unknown {
  const isBase64 = typeof value === 'object' && value !== null && Object.keys(value).join() === 'base64';
  return isBase64 ? base64ToBytes((value as Base64).base64) : value;
}

const decoder = new TextDecoder();
