import { parseVorbisIdentification } from './identification-header.ts';
import { bitWidth, parseVorbisModes } from './setup-header.ts';

/**
 * How many samples the packets of a Vorbis stream yield, told from their first byte alone.
 *
 * A packet holds a block, which overlaps the block before it: what a decoder puts out for it is a quarter of both
 * (Vorbis I, section 4.3.8), and nothing for the first one, whatever its size:
 *
 *     let previous = 0;
 *     for (const packet of packets) {
 *       const block = blocks.blockSamples(packet[0]);
 *       if (block > 0) {
 *         samples += overlapSamples(previous, block);
 *         previous = block;
 *       }
 *     }
 */
export class VorbisBlocks {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly #samplesByFirstByte: Uint16Array;

  private constructor(sampleRate: number, channels: number, samplesByFirstByte: Uint16Array) {
    this.sampleRate = sampleRate;
    this.channels = channels;
    this.#samplesByFirstByte = samplesByFirstByte;
  }

  /** From the first and the third header packet; `null` when a decoder would refuse one of them. */
  static parse(identificationPacket: Uint8Array, setupPacket: Uint8Array): VorbisBlocks | null {
    const identification = parseVorbisIdentification(identificationPacket);
    if (identification === null) return null;
    const { sampleRate, channels, shortBlockSamples, longBlockSamples } = identification;
    const modes = parseVorbisModes(setupPacket, channels);
    if (modes === null) return null;
    // Section 4.3.1: a bit that is 0 for audio, then the number of the mode, in 6 bits at most.
    const modeMask = (1 << bitWidth(modes.length - 1)) - 1;
    const samplesByFirstByte = Uint16Array.from({ length: 256 }, (_, byte) => {
      const long = modes[(byte >> 1) & modeMask];
      if ((byte & 1) === 1 || long === undefined) return 0;
      return long ? longBlockSamples : shortBlockSamples;
    });
    return new VorbisBlocks(sampleRate, channels, samplesByFirstByte);
  }

  /**
   * Samples of the block in a packet that begins with `firstByte`. 0 when decoders pass the packet over: it is no audio
   * packet, names a mode that there is not, or is empty (`undefined`).
   */
  blockSamples(firstByte: number | undefined): number {
    return firstByte === undefined ? 0 : (this.#samplesByFirstByte[firstByte] ?? 0);
  }
}

/** Samples per channel that come out for a block of `blockSamples` after one of `previousSamples` (0: it is the first). */
export function overlapSamples(previousSamples: number, blockSamples: number): number {
  return previousSamples === 0 || blockSamples === 0 ? 0 : (previousSamples + blockSamples) / 4;
}
