/** Opus in Ogg: RFC 7845. */
import { CuepointError } from '../../errors.ts';
import { OPUS_SAMPLE_RATE, opusPacketSamples } from '../opus/toc.ts';
import type { Mapping, MappingReader, OggAudio, PrerollNeed } from './mapping.ts';

/**
 * 1.5 s. A decoder needs that long to forget that it began elsewhere: RFC 7845 (section 4.6) asks for 80 ms, after which
 * samples still differ by 2 % of full scale.
 */
const PREROLL: PrerollNeed = { packets: 0, samples: 72_000, firstIsSilent: false };

const MIN_HEAD_BYTES = 19;
/** Family, then streams, coupled streams, and a byte for each channel (section 5.1.1). */
const FAMILY_AT = 18;
const CHANNELS_AT = 9;
const PRE_SKIP_AT = 10;
const MAX_VERSION = 15;

/** RTP and mono or stereo, surround; ambisonics (RFC 8486) by channels and by matrix; undefined. */
const FAMILIES: readonly number[] = [0, 1, 2, 3, 255];
/** Whose channels a matrix makes instead of a table. */
const MATRIX_FAMILY = 3;

const TAGS = [0x4f, 0x70, 0x75, 0x73, 0x54, 0x61, 0x67, 0x73];

export class OpusMappingReader implements MappingReader {
  readonly audio: OggAudio;
  readonly #preSkipSamples: number;
  readonly #head: Uint8Array;

  /** Throws `malformed_header` or `unsupported_codec` when the stream's first packet is no OpusHead that decoders take. */
  constructor(firstPacket: Uint8Array) {
    const [version = 0, channels = 0] = [firstPacket[8], firstPacket[CHANNELS_AT]];
    const family = firstPacket[FAMILY_AT] ?? 0;
    if (version > MAX_VERSION || !FAMILIES.includes(family)) {
      throw new CuepointError(
        'unsupported_codec',
        `the Opus stream is of version ${version} and channel mapping family ${family}; versions up to ${MAX_VERSION} and families ${FAMILIES.join(', ')} are served: encode the audio again`,
      );
    }
    const tableBytes = family === 0 ? 0 : family === MATRIX_FAMILY ? 2 : 2 + channels;
    const tooMany = (family === 0 && channels > 2) || (family === 1 && channels > 8);
    if (firstPacket.length < MIN_HEAD_BYTES + tableBytes || channels === 0 || tooMany) {
      throw new CuepointError(
        'malformed_header',
        `the head of the Opus stream, ${firstPacket.length} bytes for ${channels} channels of family ${family}, is cut or contradicts itself; encode the audio again`,
      );
    }
    const view = new DataView(firstPacket.buffer, firstPacket.byteOffset, firstPacket.byteLength);
    this.audio = { codec: 'opus', sampleRate: OPUS_SAMPLE_RATE, channels };
    this.#preSkipSamples = view.getUint16(PRE_SKIP_AT, true);
    this.#head = headWithoutPreSkip(firstPacket);
  }

  isHeader(packet: Uint8Array): boolean {
    return TAGS.every((letter, i) => packet[i] === letter);
  }

  /** Tags may be megabytes, and none of them is needed. */
  keptBytes(): number {
    return 1;
  }

  take(): void {}

  finish(): Mapping {
    const emptyTags = new Uint8Array(TAGS.length + 8);
    emptyTags.set(TAGS);
    return {
      ...this.audio,
      preSkipSamples: this.#preSkipSamples,
      trimsByGranule: true,
      preroll: PREROLL,
      headers: [[this.#head], [emptyTags]],
      counter: () => ({ count: opusPacketSamples }),
    };
  }
}

/**
 * What is to be dropped of a chunk's decode is said beside it, to the sample. A decoder that skipped the head's pre-skip
 * by itself would drop that once more, at the start of every chunk.
 */
function headWithoutPreSkip(head: Uint8Array): Uint8Array {
  const copy = head.slice();
  copy.fill(0, PRE_SKIP_AT, PRE_SKIP_AT + 2);
  return copy;
}
