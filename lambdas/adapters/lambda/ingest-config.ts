import type { StoreSettings } from './function-environment.ts';

/** Each holds a buffer of 2 MiB, and what S3 takes in one request. A write takes some 50 ms, most of it waiting. */
const PARALLEL_WRITES = 8;

/**
 * A read is a request, of which S3 answers the first byte after some 30 ms and the others at some 90 MB a second: with this
 * most of the time goes into bytes.
 */
const READ_BLOCK_BYTES = 8 * 1024 * 1024;

/** How sources are ingested in a function of 1.7 GB. */
export function ingestConfig(
  { sourceBucket, chunking, location, retainReplacedMs }: StoreSettings,
  { decoderExpected = false }: { readonly decoderExpected?: boolean } = {},
) {
  return {
    bucket: sourceBucket,
    chunking,
    location,
    retainReplacedMs,
    decoderExpected,
    parallelWrites: PARALLEL_WRITES,
    readBlockBytes: READ_BLOCK_BYTES,
  };
}
