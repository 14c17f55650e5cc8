import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
  type _Object as S3Listed,
} from '@aws-sdk/client-s3';
import { CuepointError } from '../../core/errors.ts';
import type {
  ByteRange,
  ListedObject,
  ObjectAttributes,
  ObjectBody,
  ObjectInfo,
  ObjectRead,
  ObjectStore,
  StoredObject,
} from '../../core/ports.ts';
import { TRANSIENT_TAG } from './object-tags.ts';
import { fill, S3Body } from './s3-body.ts';
import { isS3Key, tagOfVersion, versionOfTag } from './s3-naming.ts';
import { uploadObject } from './s3-upload.ts';
import { failureName, failureStatus, serviceFailure } from './service-failure.ts';
import { unreadable } from './unreadable.ts';

export type S3ObjectStoreOptions = {
  readonly client: S3Client;
  readonly bucket: string;
  /**
   * Keys of objects that the bucket's lifecycle may expire: they are tagged (TRANSIENT_TAG), which the role must be allowed
   * to do. @default - none
   */
  readonly isTransient?: (key: string) => boolean;
};

/** A body up to this long is read at once: no connection outlives `get`, and the caller gets one buffer. */
const WHOLE_READ_BYTES = 1024 * 1024;

/** What S3 lists at most in one answer. */
const MAX_LISTED = 1000;

type Reading = { readonly range?: ByteRange; readonly version?: string };

type Opened = ObjectRead & { readonly byteLength: number };

/**
 * The objects of one bucket.
 *
 * - `head`, `get` and `read` are one request each, unless a connection breaks in the middle of a body. `put` is one up
 *   to 8 MiB and a multipart upload above. A HEAD follows only where the service tells no entity tag (Ceph tells none
 *   of an upload that it has completed); the version is then that of whoever wrote last.
 * - Versions are entity tags, see `versionOfTag`. Times are whole seconds, as headers have them.
 * - The role needs `s3:ListBucket`: without it S3 says 403 instead of 404 of an object that is not there.
 */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #isTransient: (key: string) => boolean;

  constructor({ client, bucket, isTransient = () => false }: S3ObjectStoreOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#isTransient = isTransient;
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const output = await this.#head(key);
    return output && toInfo(key, output, output.ContentLength ?? 0);
  }

  async get(key: string, options: Reading = {}): Promise<ObjectRead | undefined> {
    const opened = await this.#open(key, options);
    if (opened === undefined) return undefined;
    const { info, body, byteLength } = opened;
    if (byteLength > WHOLE_READ_BYTES) return { info, body };
    const whole = new Uint8Array(byteLength);
    await fill(whole, body);
    return { info, body: once(whole) };
  }

  async read(key: string, startByte: number, target: Uint8Array, options: { version?: string } = {}): Promise<void> {
    const range = { startByte, endByte: startByte + target.length };
    const opened = await this.#open(key, { ...options, range });
    if (opened === undefined) throw missing(key);
    await fill(target, opened.body);
  }

  async put(key: string, body: ObjectBody, attributes: ObjectAttributes): Promise<StoredObject> {
    const to = { client: this.#client, bucket: this.#bucket };
    const tag = this.#isTransient(key) ? TRANSIENT_TAG : undefined;
    const told = await uploadObject(to, key, body, { ...attributes, tag });
    const version = told ?? (await this.head(key))?.version;
    if (version === undefined) {
      throw new CuepointError('unavailable', `"${key}" was deleted while it was stored; try again`);
    }
    return { version };
  }

  async delete(key: string): Promise<void> {
    if (!isS3Key(key)) return;
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      if (failureName(error) !== 'NoSuchKey') throw serviceFailure(error, `deleting "${key}"`);
    }
  }

  async list({ prefix, after, limit }: { prefix: string; after?: string; limit: number }): Promise<{
    objects: ListedObject[];
    next?: string;
  }> {
    const objects: ListedObject[] = [];
    let token: string | undefined;
    for (;;) {
      const answer = await this.#listPage({ prefix, after, token, limit: limit - objects.length });
      objects.push(...(answer.Contents ?? []).map(toListed));
      token = answer.IsTruncated ? answer.NextContinuationToken : undefined;
      if (token === undefined) return { objects };
      const next = objects.at(-1)?.key;
      if (objects.length >= limit && next !== undefined) return { objects, next };
    }
  }

  async #listPage(page: { prefix: string; after?: string | undefined; token?: string | undefined; limit: number }) {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          Prefix: page.prefix,
          MaxKeys: Math.min(page.limit, MAX_LISTED),
          ...(page.token === undefined ? { StartAfter: page.after } : { ContinuationToken: page.token }),
          // Keys may hold characters that XML cannot.
          EncodingType: 'url',
        }),
      );
    } catch (error) {
      throw serviceFailure(error, `listing the objects below "${page.prefix}"`);
    }
  }

  async #head(key: string, version?: string): Promise<HeadObjectCommandOutput | undefined> {
    if (!isS3Key(key)) return undefined;
    const match = version === undefined ? {} : { IfMatch: tagOfVersion(version) };
    try {
      return await this.#client.send(new HeadObjectCommand({ Bucket: this.#bucket, Key: key, ...match }));
    } catch (error) {
      // A HEAD has no body that could say whether it is the object or the bucket.
      if (failureStatus(error) === 404) return undefined;
      if (failureStatus(error) === 412) throw changed(key);
      throw serviceFailure(error, `looking for "${key}"`);
    }
  }

  /** An object and `byteLength` bytes of it on their way. `undefined`: no such object. */
  async #open(key: string, { range, version }: Reading): Promise<Opened | undefined> {
    if (range && !isRequestable(range)) return this.#openNothing(key, range, version);
    const answer = await this.#get(key, { ...(range ? { range } : {}), ...(version === undefined ? {} : { version }) });
    if (answer === undefined) return undefined;
    const { startByte, endByte, wholeLength } = answeredWindow(answer);
    const info = toInfo(key, answer, wholeLength);
    const reopen = async (fromByte: number, toByte: number) => {
      const again = await this.#get(key, { range: { startByte: fromByte, endByte: toByte }, version: info.version });
      if (again === undefined) throw missing(key);
      return again.Body;
    };
    const body = new S3Body({ key, stream: answer.Body, startByte, endByte, reopen });
    // S3 cuts a range that goes beyond the object.
    if (range && (startByte !== range.startByte || endByte !== range.endByte)) {
      await body.return();
      throw outside(key, range, wholeLength);
    }
    return { info, body, byteLength: endByte - startByte };
  }

  async #get(key: string, { range, version }: Reading): Promise<GetObjectCommandOutput | undefined> {
    if (!isS3Key(key)) return undefined;
    try {
      return await this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: key,
          ...(range ? { Range: `bytes=${range.startByte}-${range.endByte - 1}` } : {}),
          ...(version === undefined ? {} : { IfMatch: tagOfVersion(version) }),
        }),
      );
    } catch (error) {
      if (failureName(error) === 'NoSuchKey') return undefined;
      if (failureStatus(error) === 412) throw changed(key);
      if (failureStatus(error) === 416 && range) throw outside(key, range);
      throw unreadable(error, `reading "${key}"`) ?? serviceFailure(error, `reading "${key}"`);
    }
  }

  /** For ranges that no Range header can say: what is wrong with them, or, of an empty one, the object without bytes. */
  async #openNothing(key: string, range: ByteRange, version: string | undefined): Promise<Opened | undefined> {
    const output = await this.#head(key, version);
    if (output === undefined) return undefined;
    const info = toInfo(key, output, output.ContentLength ?? 0);
    const { startByte, endByte } = range;
    if (!Number.isInteger(startByte) || startByte < 0 || startByte !== endByte || endByte > info.byteLength) {
      throw outside(key, range, info.byteLength);
    }
    return { info, body: once(new Uint8Array(0)), byteLength: 0 };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}

function isRequestable({ startByte, endByte }: ByteRange): boolean {
  return Number.isInteger(startByte) && Number.isInteger(endByte) && startByte >= 0 && endByte > startByte;
}

/** Which bytes an answer holds, of an object of what length. */
function answeredWindow({ ContentRange, ContentLength = 0 }: GetObjectCommandOutput) {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange ?? '') ?? [];
  if (total === undefined) return { startByte: 0, endByte: ContentLength, wholeLength: ContentLength };
  return { startByte: Number(first), endByte: Number(last) + 1, wholeLength: Number(total) };
}

function toInfo(key: string, output: HeadObjectCommandOutput | GetObjectCommandOutput, byteLength: number): ObjectInfo {
  const { ETag, LastModified, ContentType, CacheControl, Metadata } = output;
  return {
    key,
    byteLength,
    version: versionOfTag(ETag ?? ''),
    lastModifiedMs: wholeSeconds(LastModified?.getTime() ?? 0),
    contentType: ContentType ?? 'application/octet-stream',
    ...(CacheControl ? { cacheControl: CacheControl } : {}),
    metadata: { ...Metadata },
  };
}

function toListed({ Key, Size, ETag, LastModified }: S3Listed): ListedObject {
  return {
    key: decodeURIComponent((Key ?? '').replaceAll('+', ' ')),
    byteLength: Size ?? 0,
    version: versionOfTag(ETag ?? ''),
    lastModifiedMs: wholeSeconds(LastModified?.getTime() ?? 0),
  };
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function missing(key: string): CuepointError<'source_missing'> {
  return new CuepointError('source_missing', `there is no object "${key}" (any more)`);
}

function changed(key: string): CuepointError<'source_changed'> {
  return new CuepointError('source_changed', `"${key}" was written again; look it up anew`);
}

function outside(key: string, { startByte, endByte }: ByteRange, byteLength?: number): CuepointError {
  const has = byteLength === undefined ? 'it does not have them' : `it has [0, ${byteLength})`;
  return new CuepointError(
    'range_not_satisfiable',
    `bytes [${startByte}, ${endByte}) of "${key}" were asked for, but ${has}`,
  );
}
