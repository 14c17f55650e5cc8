/** Vorbis in Ogg: Vorbis I, appendix A, https://xiph.org/vorbis/doc/Vorbis_I_spec.html */
import { CuepointError } from '../../errors.ts';
import { IDENTIFICATION_BYTES, isVorbisHeader, parseVorbisIdentification } from '../vorbis/identification-header.ts';
import { overlapSamples, VorbisBlocks } from '../vorbis/vorbis-blocks.ts';
import type { Mapping, MappingReader, OggAudio, PacketCounter, PrerollNeed } from './mapping.ts';

/** Encoders write 3 to 9 KB. It is held in memory, and is part of every init. */
const MAX_SETUP_BYTES = 1 << 16;

/** A block is overlapped with the one before; one packet more spares decoders a start on a packet that yields nothing. */
const PREROLL: PrerollNeed = { packets: 2, samples: 0, firstIsSilent: true };

/** Type 3, no vendor, no comments, framing bit. */
const EMPTY_COMMENT = Uint8Array.of(3, 0x76, 0x6f, 0x72, 0x62, 0x69, 0x73, 0, 0, 0, 0, 0, 0, 0, 0, 1);

const SETUP_TYPE = 5;

export class VorbisMappingReader implements MappingReader {
  readonly audio: OggAudio;
  readonly #identification: Uint8Array;
  #setup: Uint8Array | undefined;

  /** Throws `malformed_header` when the stream's first packet is not an identification header that decoders take. */
  constructor(firstPacket: Uint8Array) {
    this.#identification = firstPacket.slice(0, IDENTIFICATION_BYTES);
    const identification = parseVorbisIdentification(this.#identification);
    if (identification === null) {
      throw new CuepointError(
        'malformed_header',
        'the identification header of the Vorbis stream is cut or contradicts itself; encode the audio again',
      );
    }
    const { sampleRate, channels } = identification;
    this.audio = { codec: 'vorbis', sampleRate, channels };
  }

  /** Section 4.2.1: the first bit tells headers from audio. */
  isHeader(packet: Uint8Array): boolean {
    return ((packet[0] ?? 0) & 1) === 1;
  }

  keptBytes(firstByte: number): number {
    return firstByte === SETUP_TYPE ? MAX_SETUP_BYTES : 1;
  }

  take(packet: Uint8Array, byteLength: number): void {
    if (!isVorbisHeader(packet, SETUP_TYPE) || this.#setup !== undefined) return;
    if (byteLength > MAX_SETUP_BYTES) {
      throw new CuepointError(
        'malformed_header',
        `the setup header of the Vorbis stream has ${byteLength} bytes, at most ${MAX_SETUP_BYTES} are taken; encode the audio again`,
      );
    }
    this.#setup = packet.slice();
  }

  finish(): Mapping {
    const blocks = this.#setup && VorbisBlocks.parse(this.#identification, this.#setup);
    if (this.#setup === undefined || !blocks) {
      throw new CuepointError(
        'malformed_header',
        `the setup header of the Vorbis stream ${blocks === null ? 'contradicts itself' : 'is missing or cut'}, and nothing decodes without it; upload an intact copy`,
      );
    }
    return {
      ...this.audio,
      preSkipSamples: 0,
      trimsByGranule: true,
      preroll: PREROLL,
      headers: [[this.#identification], [EMPTY_COMMENT, this.#setup]],
      counter: () => new VorbisPacketCounter(blocks),
    };
  }
}

class VorbisPacketCounter implements PacketCounter {
  readonly #blocks: VorbisBlocks;
  #previousSamples = 0;

  constructor(blocks: VorbisBlocks) {
    this.#blocks = blocks;
  }

  count(bytes: Uint8Array, from: number, to: number): number | null {
    const blockSamples = this.#blocks.blockSamples(from < to ? bytes[from] : undefined);
    if (blockSamples === 0) return null;
    const samples = overlapSamples(this.#previousSamples, blockSamples);
    this.#previousSamples = blockSamples;
    return samples;
  }
}
