import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CuepointError } from '../../core/errors.ts';
import type { ObjectAttributes, ObjectBody } from '../../core/ports.ts';
import { invalidKey, s3KeyObjection, versionOfTag } from './s3-naming.ts';
import { failureName, serviceFailure } from './service-failure.ts';

export type Bucket = { readonly client: S3Client; readonly bucket: string };

/** What S3 keeps of an object beside its bytes. */
export type StoredAttributes = ObjectAttributes & {
  /** A tag, which lifecycle rules can go by. */
  readonly tag?: { readonly key: string; readonly value: string } | undefined;
};

/** One of these is held in memory while an object is stored, whatever its length. */
const PART_BYTES = 8 * 1024 * 1024;

/** Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits". */
export const MAX_PARTS = 10_000;

/** What S3 calls keys that it does not take. */
const KEY_REFUSALS: ReadonlySet<string> = new Set(['KeyTooLongError', 'InvalidURI', 'InvalidObjectName']);

/**
 * Stores `body` under `key` and answers the object's version, where the service tells it. Up to 8 MiB are one request;
 * above, parts of 8 MiB, larger ones only where there would be more than 10,000 (80 GB). Nothing is stored of a body
 * that is not as long as announced.
 */
export async function uploadObject(
  to: Bucket,
  key: string,
  body: ObjectBody,
  attributes: StoredAttributes,
): Promise<string | undefined> {
  const objection = s3KeyObjection(key);
  if (objection !== undefined) throw invalidKey(key, objection);
  if (body.byteLength > PART_BYTES) {
    const partBytes = Math.max(PART_BYTES, Math.ceil(body.byteLength / MAX_PARTS));
    return inParts(to, key, attributes, async (put) => {
      let partNumber = 1;
      for await (const part of filledParts(key, body, partBytes)) await put.part(partNumber++, part);
    });
  }
  let version: string | undefined;
  // There is one part, which comes when the body is known to be of its length.
  for await (const whole of filledParts(key, body, PART_BYTES)) version = await putWhole(to, key, whole, attributes);
  return version;
}

async function putWhole(
  to: Bucket,
  key: string,
  bytes: Uint8Array,
  attributes: StoredAttributes,
): Promise<string | undefined> {
  const command = new PutObjectCommand({ Bucket: to.bucket, Key: key, Body: bytes, ...headers(attributes) });
  const { ETag } = await to.client.send(command).catch((error: unknown) => refuse(error, key));
  return toldVersion(ETag);
}

/** A multipart upload under way. */
export type Upload = {
  readonly uploadId: string;
  /** Puts part `partNumber` (from 1 on; in any order, also at the same time). */
  part(partNumber: number, bytes: Uint8Array): Promise<void>;
  /** Takes in a part that was put by other means. */
  add(part: CompletedPart): void;
};

/**
 * Runs a multipart upload: `putParts` puts the parts, then they become the object, whose version is the answer where
 * the service tells it. When anything fails the upload is aborted, and nothing is stored; where that fails too, the
 * bucket's lifecycle rule for incomplete uploads does it later.
 */
export async function inParts(
  { client, bucket }: Bucket,
  key: string,
  attributes: StoredAttributes,
  putParts: (upload: Upload) => Promise<void>,
): Promise<string | undefined> {
  const refused = (error: unknown) => refuse(error, key);
  const address = { Bucket: bucket, Key: key };
  const create = new CreateMultipartUploadCommand({ ...address, ...headers(attributes) });
  const { UploadId } = await client.send(create).catch(refused);
  if (UploadId === undefined) throw new CuepointError('internal', `the store began no upload of "${key}"`);
  const done: CompletedPart[] = [];
  const part = async (PartNumber: number, bytes: Uint8Array) => {
    const command = new UploadPartCommand({ ...address, UploadId, PartNumber, Body: bytes });
    const { ETag } = await client.send(command).catch(refused);
    done.push({ PartNumber, ETag });
  };
  try {
    await putParts({ uploadId: UploadId, part, add: (added) => done.push(added) });
    const Parts = done.toSorted((left, right) => (left.PartNumber ?? 0) - (right.PartNumber ?? 0));
    const complete = new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload: { Parts } });
    const { ETag } = await client.send(complete).catch(refused);
    return toldVersion(ETag);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...address, UploadId })).catch(() => undefined);
    throw error;
  }
}

/** Ceph tells an empty tag of an upload that it has completed. */
function toldVersion(entityTag: string | undefined): string | undefined {
  return versionOfTag(entityTag ?? '') || undefined;
}

/** Attributes as the SDK takes them. */
export function headers({ contentType, cacheControl, metadata, tag }: StoredAttributes) {
  return {
    ContentType: contentType,
    CacheControl: cacheControl,
    Metadata: metadata && { ...metadata },
    ...(tag ? { Tagging: new URLSearchParams([[tag.key, tag.value]]).toString() } : {}),
  };
}

/**
 * The body in pieces of `partBytes`, all in one buffer, one after the other. The last comes when the producer has ended, so
 * that whoever stores it knows the length to be right; `length_mismatch` when it is not. An empty body is one empty piece.
 */
async function* filledParts(
  key: string,
  body: ObjectBody,
  partBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(Math.min(partBytes, body.byteLength));
  let filled = 0;
  let received = 0;
  for await (const view of body.parts) {
    received += view.length;
    if (received > body.byteLength) throw lengthMismatch(key, body.byteLength, `${received} or more`);
    for (let taken = 0; taken < view.length; ) {
      if (filled === buffer.length) {
        yield buffer;
        filled = 0;
      }
      const count = Math.min(view.length - taken, buffer.length - filled);
      buffer.set(view.subarray(taken, taken + count), filled);
      taken += count;
      filled += count;
    }
  }
  if (received < body.byteLength) throw lengthMismatch(key, body.byteLength, String(received));
  yield buffer.subarray(0, filled);
}

function lengthMismatch(key: string, announced: number, received: string): CuepointError<'length_mismatch'> {
  return new CuepointError(
    'length_mismatch',
    `"${key}" was announced with ${announced} bytes, but ${received} came; nothing was stored`,
  );
}

/**
 * Throws what a refused write comes to. An upload that S3 no longer knows was aborted, or completed by an attempt whose
 * answer got lost: to be stored again in both cases.
 */
function refuse(error: unknown, key: string): never {
  const name = failureName(error);
  if (KEY_REFUSALS.has(name)) throw invalidKey(key, 'is not one that the store takes');
  if (name === 'NoSuchUpload') {
    throw new CuepointError('unavailable', `the upload of "${key}" was interrupted; try again`, { cause: error });
  }
  throw serviceFailure(error, `storing "${key}"`);
}
