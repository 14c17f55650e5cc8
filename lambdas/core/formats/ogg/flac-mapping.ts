/** FLAC in Ogg: RFC 9639, section 10.1. */
import { CuepointError } from '../../errors.ts';
import { parseFrameHeader } from '../flac/frame-header.ts';
import { flacInit, parseStreamInfo, STREAM_INFO_BYTES, type StreamInfo } from '../flac/stream-info.ts';
import type { Mapping, MappingReader, OggAudio, PacketCounter, PrerollNeed } from './mapping.ts';

/** Every frame decodes by itself. */
const PREROLL: PrerollNeed = { packets: 0, samples: 0, firstIsSilent: false };

/** 0x7F, "FLAC", version 1.0, and that one header packet follows. */
const MAPPING_START = Uint8Array.of(0x7f, 0x46, 0x4c, 0x41, 0x43, 1, 0, 0, 1);
const MAJOR_VERSION_AT = 5;
/** The number of the header packets that follow takes two bytes; then `fLaC`, and the header of the first block. */
const STREAM_INFO_AT = MAPPING_START.length + 8;
/** In `flacInit`: the header of STREAMINFO, whose top bit says that no block follows. */
const BLOCK_TYPE_AT = 4;
const LAST_BLOCK = 0x80;

/** The last block, of type 4: no vendor, no comments. */
const EMPTY_COMMENT = Uint8Array.of(LAST_BLOCK | 4, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0);

/** A frame's first byte; no metadata block begins so. */
const FRAME_START = 0xff;

export class FlacMappingReader implements MappingReader {
  readonly audio: OggAudio;
  readonly #streamInfo: StreamInfo;

  /** Throws `malformed_header` or `unsupported_codec` when the stream's first packet does not begin a known mapping. */
  constructor(firstPacket: Uint8Array) {
    const version = firstPacket[MAJOR_VERSION_AT];
    if (version !== undefined && version !== MAPPING_START[MAJOR_VERSION_AT]) {
      throw new CuepointError(
        'unsupported_codec',
        `the FLAC stream uses version ${version} of the Ogg mapping, only version 1 is served; convert the file to FLAC`,
      );
    }
    const body = firstPacket.slice(STREAM_INFO_AT, STREAM_INFO_AT + STREAM_INFO_BYTES);
    const streamInfo = body.length === STREAM_INFO_BYTES ? parseStreamInfo(body) : undefined;
    if (streamInfo === undefined || streamInfo.sampleRate === 0) {
      throw new CuepointError(
        'malformed_header',
        'the first packet of the FLAC stream holds no usable STREAMINFO; convert the file to FLAC',
      );
    }
    const { sampleRate, channels, bitsPerSample } = streamInfo;
    this.#streamInfo = streamInfo;
    this.audio = { codec: 'flac', sampleRate, channels, bitsPerSample };
  }

  /** Their number, which the mapping states, may be 0 for unknown, and pages may be lost. */
  isHeader(packet: Uint8Array): boolean {
    return packet[0] !== FRAME_START;
  }

  /** Pictures may be megabytes, and no block but the first is needed. */
  keptBytes(): number {
    return 1;
  }

  take(): void {}

  finish(): Mapping {
    const blocks = flacInit(this.#streamInfo);
    blocks[BLOCK_TYPE_AT] = (blocks[BLOCK_TYPE_AT] as number) & ~LAST_BLOCK;
    const first = new Uint8Array(MAPPING_START.length + blocks.length);
    first.set(MAPPING_START);
    first.set(blocks, MAPPING_START.length);
    return {
      ...this.audio,
      preSkipSamples: 0,
      // Granules of FLAC count samples and trim nothing; what begins in the middle of a longer stream does so too.
      trimsByGranule: false,
      preroll: PREROLL,
      headers: [[first], [EMPTY_COMMENT]],
      counter: () => new FlacPacketCounter(this.#streamInfo),
    };
  }
}

class FlacPacketCounter implements PacketCounter {
  readonly #streamInfo: StreamInfo;

  constructor(streamInfo: StreamInfo) {
    this.#streamInfo = streamInfo;
  }

  count(bytes: Uint8Array, from: number, to: number): number | null {
    const header = parseFrameHeader(bytes.subarray(from, to), 0, this.#streamInfo);
    const { sampleRate, channels } = this.#streamInfo;
    if (header === null || header.sampleRate !== sampleRate || header.channels !== channels) return null;
    return header.samples;
  }
}
