import {
  type CompletedPart,
  CopyObjectCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { CuepointError } from '../../core/errors.ts';
import type { ByteRange, ObjectAttributes, ObjectCopier } from '../../core/ports.ts';
import { copySource, invalidKey, isS3Key, s3KeyObjection, tagOfVersion } from './s3-naming.ts';
import { headers, inParts, MAX_PARTS } from './s3-upload.ts';
import { failureName, failureStatus, isPassing, serviceFailure } from './service-failure.ts';
import { unreadable } from './unreadable.ts';

export type S3ObjectCopierOptions = {
  readonly client: S3Client;
  readonly sourceBucket: string;
  readonly mediaBucket: string;
};

/**
 * S3 copies some 100 MB a second and request, so that parts side by side make a copy quick, and none takes as long as a
 * client waits. (One request could copy 5 GiB.)
 */
const PART_BYTES = 64 * 1024 * 1024;
const PARALLEL_PARTS = 16;

type Source = { readonly key: string; readonly version: string };
type Target = { readonly key: string; readonly attributes: ObjectAttributes };

/**
 * Copies from the source bucket to the media bucket inside of S3: one look at the source, then one request up to 64 MiB, and
 * parts at the same time above. Each holds S3 to the version; Ceph does not mind, so that there a source which is replaced
 * within the milliseconds of a short copy would be copied as it is then.
 */
export class S3ObjectCopier implements ObjectCopier {
  readonly #client: S3Client;
  readonly #sourceBucket: string;
  readonly #mediaBucket: string;

  constructor({ client, sourceBucket, mediaBucket }: S3ObjectCopierOptions) {
    this.#client = client;
    this.#sourceBucket = sourceBucket;
    this.#mediaBucket = mediaBucket;
  }

  async copy({ from, to }: { readonly from: Source; readonly to: Target }): Promise<void> {
    const objection = s3KeyObjection(to.key);
    if (objection !== undefined) throw invalidKey(to.key, objection);
    const byteLength = await this.#byteLength(from);
    if (byteLength <= PART_BYTES) await this.#copyWhole(from, to);
    else await this.#copyInParts(from, to, byteLength);
  }

  async #byteLength(from: Source): Promise<number> {
    if (!isS3Key(from.key)) throw missing(from);
    const command = new HeadObjectCommand({
      Bucket: this.#sourceBucket,
      Key: from.key,
      IfMatch: tagOfVersion(from.version),
    });
    const { ContentLength = 0 } = await this.#client.send(command).catch((error: unknown) => refuse(error, from));
    return ContentLength;
  }

  async #copyWhole(from: Source, to: Target): Promise<void> {
    const command = new CopyObjectCommand({
      Bucket: this.#mediaBucket,
      Key: to.key,
      MetadataDirective: 'REPLACE',
      // The copy has no tags: those of the source would be another permission to ask for.
      TaggingDirective: 'REPLACE',
      ...headers(to.attributes),
      ...this.#sourceOf(from),
    });
    await this.#client.send(command).catch((error: unknown) => refuse(error, from));
  }

  async #copyInParts(from: Source, to: Target, byteLength: number): Promise<void> {
    const partBytes = Math.max(PART_BYTES, Math.ceil(byteLength / MAX_PARTS));
    const partCount = Math.ceil(byteLength / partBytes);
    const media = { client: this.#client, bucket: this.#mediaBucket };
    await inParts(media, to.key, to.attributes, async (upload) => {
      let nextPart = 1;
      const copyParts = async () => {
        while (nextPart <= partCount) {
          const partNumber = nextPart++;
          const range = {
            startByte: (partNumber - 1) * partBytes,
            endByte: Math.min(byteLength, partNumber * partBytes),
          };
          upload.add(await this.#copyPart(from, to, upload.uploadId, partNumber, range));
        }
      };
      const lane = () =>
        copyParts().catch((error: unknown) => {
          // The other lanes stop as well.
          nextPart = partCount + 1;
          throw error;
        });
      const lanes = await Promise.allSettled(Array.from({ length: Math.min(PARALLEL_PARTS, partCount) }, lane));
      // All have ended before the upload is completed or aborted.
      const failed = lanes.find((settled) => settled.status === 'rejected');
      // Ceph does not hold parts to the version; and a range that the new version does not have is told as such.
      if (!failed || !isPassing(failed.reason)) await this.#byteLength(from);
      if (failed) return refuse(failed.reason, from);
    });
  }

  async #copyPart(
    from: Source,
    to: Target,
    UploadId: string,
    PartNumber: number,
    { startByte, endByte }: ByteRange,
  ): Promise<CompletedPart> {
    const command = new UploadPartCopyCommand({
      Bucket: this.#mediaBucket,
      Key: to.key,
      UploadId,
      PartNumber,
      CopySourceRange: `bytes=${startByte}-${endByte - 1}`,
      ...this.#sourceOf(from),
    });
    const { CopyPartResult } = await this.#client.send(command);
    return { PartNumber, ETag: CopyPartResult?.ETag };
  }

  #sourceOf({ key, version }: Source) {
    return { CopySource: copySource(this.#sourceBucket, key), CopySourceIfMatch: tagOfVersion(version) };
  }
}

function refuse(error: unknown, from: Source): never {
  // The answer to a HEAD has no body that could say more than this.
  if (failureName(error) === 'NoSuchKey' || failureName(error) === 'NotFound') throw missing(from);
  if (failureStatus(error) === 412) {
    throw new CuepointError('source_changed', `"${from.key}" was written again; look it up anew`);
  }
  throw unreadable(error, `copying "${from.key}"`) ?? serviceFailure(error, `copying "${from.key}"`);
}

function missing({ key }: Source): CuepointError<'source_missing'> {
  return new CuepointError('source_missing', `there is no object "${key}" (any more)`);
}
