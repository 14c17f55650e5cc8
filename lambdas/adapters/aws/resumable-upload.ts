import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CuepointError } from '../../core/errors.ts';
import type { ByteSource } from '../../core/ports.ts';
import { invalidKey, s3KeyObjection } from './s3-naming.ts';
import { type Bucket, MAX_PARTS } from './s3-upload.ts';
import { serviceFailure } from './service-failure.ts';

/** A file up to this long is one request, and begun anew when it is interrupted. */
const PART_BYTES = 8 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/** As many as keep a usual connection busy; each holds one part in memory. */
const PARALLEL_PARTS = 4;

export type ResumableUpload = {
  readonly key: string;
  readonly source: ByteSource;
  readonly contentType: string;
  /** Hears of bytes that S3 has, those of an earlier attempt included. */
  readonly onProgress?: (bytesDone: number) => void;
};

export type UploadReport = {
  /** Parts that an earlier attempt had left, found to hold the same bytes, and not sent again. */
  readonly partsKept: number;
  readonly partsSent: number;
};

/**
 * Uploads a file so that an interrupted attempt is gone on with: what S3 holds of it tells how far it came, and a part is
 * kept when its entity tag is the MD5 of the file's bytes (in buckets that encrypt with KMS it is not: all is sent again
 * there). Nothing is left behind when all is well; what an attempt that is never gone on with leaves is the bucket's
 * lifecycle's to remove.
 *
 * Throws `invalid_key`, `unavailable`, `internal` (not allowed), `source_changed` when the file is not what it was.
 */
export async function uploadResumably(to: Bucket, upload: ResumableUpload): Promise<UploadReport> {
  const objection = s3KeyObjection(upload.key);
  if (objection !== undefined) throw invalidKey(upload.key, objection);
  try {
    if (upload.source.byteLength <= PART_BYTES) return await putWhole(to, upload);
    return await new MultipartUpload(to, upload).run();
  } catch (error) {
    throw serviceFailure(error, `uploading "${upload.key}"`);
  }
}

async function putWhole(
  { client, bucket }: Bucket,
  { key, source, contentType, onProgress }: ResumableUpload,
): Promise<UploadReport> {
  const bytes = new Uint8Array(source.byteLength);
  if (bytes.length > 0) await source.read(0, bytes);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: contentType }));
  onProgress?.(bytes.length);
  return { partsKept: 0, partsSent: 1 };
}

class MultipartUpload {
  readonly #to: Bucket;
  readonly #upload: ResumableUpload;
  readonly #partBytes: number;
  readonly #address: { readonly Bucket: string; readonly Key: string };
  #bytesDone = 0;
  #partsKept = 0;
  #partsSent = 0;

  constructor(to: Bucket, upload: ResumableUpload) {
    this.#to = to;
    this.#upload = upload;
    const { byteLength } = upload.source;
    this.#partBytes = Math.max(PART_BYTES, Math.ceil(byteLength / MAX_PARTS / MEBIBYTE) * MEBIBYTE);
    this.#address = { Bucket: to.bucket, Key: upload.key };
  }

  async run(): Promise<UploadReport> {
    const { client } = this.#to;
    const begun = await this.#begunUploads();
    const UploadId = begun[0] ?? (await this.#create());
    const stored = begun.length > 0 ? await this.#storedParts(UploadId) : new Map<number, CompletedPart>();
    const Parts = await this.#putParts(UploadId, stored);
    await client.send(
      new CompleteMultipartUploadCommand({ ...this.#address, UploadId, MultipartUpload: { Parts: [...Parts] } }),
    );
    // Older attempts than the one that was gone on with.
    for (const other of begun.slice(1)) {
      await client.send(new AbortMultipartUploadCommand({ ...this.#address, UploadId: other })).catch(() => undefined);
    }
    return { partsKept: this.#partsKept, partsSent: this.#partsSent };
  }

  /** Uploads of this very key that were begun, the newest first. */
  async #begunUploads(): Promise<string[]> {
    const { client, bucket } = this.#to;
    const found: { id: string; ms: number }[] = [];
    let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: this.#upload.key, ...marker }),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key === this.#upload.key && UploadId) found.push({ id: UploadId, ms: Initiated?.getTime() ?? 0 });
      }
      if (!page.IsTruncated) break;
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
    return found.sort((left, right) => right.ms - left.ms).map(({ id }) => id);
  }

  async #create(): Promise<string> {
    const create = new CreateMultipartUploadCommand({ ...this.#address, ContentType: this.#upload.contentType });
    const { UploadId } = await this.#to.client.send(create);
    if (UploadId) return UploadId;
    throw new CuepointError('internal', `the store began no upload of "${this.#upload.key}"`);
  }

  async #storedParts(UploadId: string): Promise<Map<number, CompletedPart>> {
    const parts = new Map<number, CompletedPart>();
    let marker: string | undefined;
    for (;;) {
      const command = new ListPartsCommand({ ...this.#address, UploadId, PartNumberMarker: marker });
      const page = await this.#to.client.send(command);
      for (const { PartNumber = 0, ETag } of page.Parts ?? []) parts.set(PartNumber, { PartNumber, ETag });
      if (!page.IsTruncated || page.NextPartNumberMarker === undefined) return parts;
      marker = page.NextPartNumberMarker;
    }
  }

  async #putParts(UploadId: string, stored: ReadonlyMap<number, CompletedPart>): Promise<readonly CompletedPart[]> {
    const count = Math.ceil(this.#upload.source.byteLength / this.#partBytes);
    const done = new Array<CompletedPart>(count);
    let next = 1;
    const work = async (): Promise<void> => {
      for (let partNumber = next++; partNumber <= count; partNumber = next++) {
        done[partNumber - 1] = await this.#putPart(UploadId, partNumber, stored.get(partNumber));
      }
    };
    // The first failure ends the others at their next part; what they have sent stays with S3.
    await Promise.all(
      Array.from({ length: PARALLEL_PARTS }, () =>
        work().catch((error: unknown) => {
          next = count + 1;
          throw error;
        }),
      ),
    );
    return done;
  }

  async #putPart(UploadId: string, PartNumber: number, stored: CompletedPart | undefined): Promise<CompletedPart> {
    const { source, onProgress } = this.#upload;
    const startByte = (PartNumber - 1) * this.#partBytes;
    const bytes = new Uint8Array(Math.min(this.#partBytes, source.byteLength - startByte));
    await source.read(startByte, bytes);
    const isKept = stored?.ETag?.replaceAll('"', '') === createHash('md5').update(bytes).digest('hex');
    const part = stored && isKept ? stored : await this.#send(UploadId, PartNumber, bytes);
    if (isKept) this.#partsKept++;
    else this.#partsSent++;
    this.#bytesDone += bytes.length;
    onProgress?.(this.#bytesDone);
    return part;
  }

  async #send(UploadId: string, PartNumber: number, Body: Uint8Array): Promise<CompletedPart> {
    const { ETag } = await this.#to.client.send(
      new UploadPartCommand({ ...this.#address, UploadId, PartNumber, Body }),
    );
    return { PartNumber, ETag };
  }
}
