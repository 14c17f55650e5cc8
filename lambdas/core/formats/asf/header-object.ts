/** Header Object (ASF specification, section 3) and the beginning of the Data Object (section 5). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import { GUID, guidAt } from './guids.ts';
import { type AudioStream, parseStreamProperties } from './stream-properties.ts';

export type AsfHeader = {
  /** The whole File Properties Object. */
  readonly fileProperties: Uint8Array;
  /** All data packets have this length. */
  readonly packetByteLength: number;
  /** Packets in the file, where it says so. */
  readonly declaredPackets: number | undefined;
  readonly audioStreams: readonly AudioStream[];
  /** Streams of any kind. */
  readonly streamCount: number;
  readonly encrypted: boolean;
  /** The first data packet, and the end of the last one as the file declares it (`undefined`: it does not). */
  readonly dataStartByte: number;
  readonly dataEndByte: number | undefined;
};

export const OBJECT_HEADER_BYTES = 24;
export const FILE_PROPERTIES_BYTES = 104;
export const DATA_HEADER_BYTES = 50;
const HEADER_OBJECT_BYTES = 30;
const HEADER_EXTENSION_BYTES = 46;

const SIZE_OFFSET = 16;
const EXTENDED_COUNTS_OFFSET = 84;
const FLAGS_OFFSET = 88;
const MAX_PACKET_SIZE_OFFSET = 96;
const BROADCAST = 1;

/** Real packets have 1 to 64 KiB. */
const MIN_PACKET_BYTES = 64;
const MAX_PACKET_BYTES = 1 << 20;

/** More objects than any header has; ends the walk over one made of nothing but small ones. */
const MAX_OBJECTS = 1000;
const MAX_STREAM_PROPERTIES_BYTES = 1 << 16;

/** One read serves all small neighbouring objects. */
const READ_BYTES = 4096;

/**
 * Walks the objects of the header that begins at `startByte` by their sizes, reading those only that are needed.
 * Throws `malformed_header` when it is cut, goes astray, or lacks what is needed to find the packets.
 */
export async function readAsfHeader(source: ByteSource, startByte: number): Promise<AsfHeader> {
  const walk = new HeaderWalk(source);
  const size = await walk.sizeAt(startByte);
  const endByte = startByte + size;
  if (size < HEADER_OBJECT_BYTES || endByte > source.byteLength) {
    throw malformed(`its header is of ${size} bytes, the file ends at byte ${source.byteLength}`);
  }
  await walk.objects(startByte + HEADER_OBJECT_BYTES, endByte);
  const { fileProperties } = walk;
  if (fileProperties === undefined) throw malformed('it has no file properties');
  const view = new DataView(fileProperties.buffer, fileProperties.byteOffset, fileProperties.length);
  const packetByteLength = view.getUint32(MAX_PACKET_SIZE_OFFSET, true);
  if (packetByteLength < MIN_PACKET_BYTES || packetByteLength > MAX_PACKET_BYTES) {
    throw malformed(`it declares packets of ${packetByteLength} bytes`);
  }
  const isBroadcast = (view.getUint32(FLAGS_OFFSET, true) & BROADCAST) !== 0;
  return {
    fileProperties,
    packetByteLength,
    audioStreams: walk.audioStreams,
    streamCount: walk.streamCount,
    encrypted: walk.encrypted,
    ...(await dataExtent(source, endByte, isBroadcast)),
  };
}

type DataExtent = Pick<AsfHeader, 'dataStartByte' | 'dataEndByte' | 'declaredPackets'>;

/** A broadcast was written without knowing its end. */
async function dataExtent(source: ByteSource, startByte: number, isBroadcast: boolean): Promise<DataExtent> {
  const bytes = await readBytes(source, startByte, DATA_HEADER_BYTES);
  if (bytes.length < DATA_HEADER_BYTES || guidAt(bytes, 0) !== GUID.data) {
    throw malformed(`no data object follows its header at byte ${startByte}`);
  }
  const size = uint64(bytes, 16);
  const dataStartByte = startByte + DATA_HEADER_BYTES;
  const isStated = !isBroadcast && size > DATA_HEADER_BYTES;
  return {
    dataStartByte,
    dataEndByte: isStated ? startByte + size : undefined,
    declaredPackets: isStated ? uint64(bytes, 40) : undefined,
  };
}

class HeaderWalk {
  readonly #source: ByteSource;
  #held: Uint8Array = new Uint8Array(0);
  #heldStartByte = 0;
  #objects = 0;

  fileProperties: Uint8Array | undefined;
  readonly audioStreams: AudioStream[] = [];
  streamCount = 0;
  encrypted = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async sizeAt(startByte: number): Promise<number> {
    return uint64(await this.#bytes(startByte, OBJECT_HEADER_BYTES), SIZE_OFFSET);
  }

  /** The objects in [startByte, endByte); one that reaches beyond ends the walk. */
  async objects(startByte: number, endByte: number): Promise<void> {
    const ranges = [{ startByte, endByte }];
    for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
      let at = range.startByte;
      while (at + OBJECT_HEADER_BYTES <= range.endByte) {
        if (++this.#objects > MAX_OBJECTS) throw malformed(`it has more than ${MAX_OBJECTS} objects`);
        const head = await this.#bytes(at, OBJECT_HEADER_BYTES);
        const size = uint64(head, SIZE_OFFSET);
        if (size < OBJECT_HEADER_BYTES || at + size > range.endByte) break;
        const innerByte = await this.#visit(guidAt(head, 0), at, size);
        if (innerByte !== undefined) ranges.push({ startByte: innerByte, endByte: at + size });
        at += size;
      }
    }
  }

  /** Takes what an object says; where objects inside of it begin, if any do. */
  async #visit(guid: string, startByte: number, byteLength: number): Promise<number | undefined> {
    switch (guid) {
      case GUID.fileProperties:
        if (byteLength >= FILE_PROPERTIES_BYTES) {
          this.fileProperties ??= new Uint8Array(await this.#bytes(startByte, FILE_PROPERTIES_BYTES));
        }
        return undefined;
      case GUID.streamProperties:
        await this.#visitStream(startByte, byteLength);
        return undefined;
      case GUID.contentEncryption:
      case GUID.extendedContentEncryption:
      case GUID.advancedContentEncryption:
        this.encrypted = true;
        return undefined;
      case GUID.headerExtension:
        return startByte + HEADER_EXTENSION_BYTES;
      case GUID.extendedStreamProperties:
        return this.#streamInside(startByte, byteLength);
      default:
        return undefined;
    }
  }

  async #visitStream(startByte: number, byteLength: number): Promise<void> {
    const object = await this.#bytes(startByte, Math.min(byteLength, MAX_STREAM_PROPERTIES_BYTES));
    const stream = parseStreamProperties(new Uint8Array(object));
    if (stream === null) throw malformed(`its stream properties at byte ${startByte} are too short`);
    this.streamCount++;
    if (stream !== undefined) this.audioStreams.push(stream);
  }

  /**
   * Behind names and payload extensions, an Extended Stream Properties Object (section 4.1) may hold the properties of
   * a stream that stand nowhere else.
   */
  async #streamInside(startByte: number, byteLength: number): Promise<number> {
    const endByte = startByte + byteLength;
    const counts = await this.#bytes(startByte + EXTENDED_COUNTS_OFFSET, 4);
    let at = startByte + EXTENDED_COUNTS_OFFSET + 4;
    for (let names = uint16(counts, 0); names > 0 && at < endByte; names--) {
      at += 4 + uint16(await this.#bytes(at, 4), 2);
    }
    for (let extensions = uint16(counts, 2); extensions > 0 && at < endByte; extensions--) {
      at += 22 + uint32(await this.#bytes(at, 22), 18);
    }
    return at;
  }

  async #bytes(startByte: number, byteLength: number): Promise<Uint8Array> {
    const heldEndByte = this.#heldStartByte + this.#held.length;
    if (startByte < this.#heldStartByte || startByte + byteLength > heldEndByte) {
      this.#held = await readBytes(this.#source, startByte, Math.max(byteLength, READ_BYTES));
      this.#heldStartByte = startByte;
    }
    const offset = startByte - this.#heldStartByte;
    const bytes = this.#held.subarray(offset, offset + byteLength);
    if (bytes.length < byteLength) throw malformed(`it is cut at byte ${this.#source.byteLength}`);
    return bytes;
  }
}

function uint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

function uint32(bytes: Uint8Array, offset: number): number {
  return uint16(bytes, offset) + uint16(bytes, offset + 2) * 2 ** 16;
}

/** Inexact beyond 2^53, where it is larger than any file all the same. */
function uint64(bytes: Uint8Array, offset: number): number {
  return uint32(bytes, offset) + uint32(bytes, offset + 4) * 2 ** 32;
}

function malformed(fault: string): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the ASF header cannot be followed: ${fault}; upload the whole file again`,
  );
}
