import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { parseStreamInfo, STREAM_INFO_BYTES, type StreamInfo } from './stream-info.ts';

export type FlacMetadata = {
  readonly streamInfo: StreamInfo | undefined;
  /** The byte after the last block, where the first frame should be. */
  readonly audioStartByte: number;
  /** The blocks went astray at `audioStartByte`: a forbidden type, or a size that reaches beyond the file. */
  readonly broken: boolean;
};

const BLOCK_HEADER_BYTES = 4;
const STREAM_INFO_TYPE = 0;
const FORBIDDEN_TYPE = 127;

/** One read serves all small neighbouring blocks, and costs no more than a read of four bytes. */
const READ_BYTES = 4096;

/**
 * Walks the metadata blocks (RFC 9639, section 8.1) from `startByte`, the byte after `fLaC`, by their sizes: bodies are
 * skipped, not read, STREAMINFO's excepted.
 */
export async function walkMetadata(source: ByteSource, startByte: number): Promise<FlacMetadata> {
  let streamInfo: StreamInfo | undefined;
  let at = startByte;
  let held = new Uint8Array(0);
  let heldStart = 0;
  for (;;) {
    const needed = at + BLOCK_HEADER_BYTES + STREAM_INFO_BYTES;
    if (at < heldStart || needed > heldStart + held.length) {
      held = new Uint8Array(await readBytes(source, at, READ_BYTES));
      heldStart = at;
    }
    const block = held.subarray(at - heldStart);
    const [flags, high, middle, low] = block;
    if (flags === undefined || high === undefined || middle === undefined || low === undefined) break;
    const type = flags & 0x7f;
    const bodyByteLength = (high << 16) | (middle << 8) | low;
    const end = at + BLOCK_HEADER_BYTES + bodyByteLength;
    if (type === FORBIDDEN_TYPE || end > source.byteLength) break;
    if (type === STREAM_INFO_TYPE && bodyByteLength >= STREAM_INFO_BYTES && streamInfo === undefined) {
      streamInfo = usable(parseStreamInfo(block.slice(BLOCK_HEADER_BYTES)));
    }
    at = end;
    if (flags & 0x80) return { streamInfo, audioStartByte: at, broken: false };
  }
  return { streamInfo, audioStartByte: at, broken: true };
}

/** A rate of 0 says that the stream is not audio; then the frames are asked instead. */
function usable(info: StreamInfo): StreamInfo | undefined {
  return info.sampleRate > 0 && info.bitsPerSample >= 4 ? info : undefined;
}
