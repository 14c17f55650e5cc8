/** Vorbis I, https://xiph.org/vorbis/doc/Vorbis_I_spec.html */

export type VorbisIdentification = {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of a short and of a long block: powers of two, from 64 to 8192. */
  readonly shortBlockSamples: number;
  readonly longBlockSamples: number;
};

/** Type 1, "vorbis", and the fields. */
export const IDENTIFICATION_BYTES = 30;

const MIN_BLOCK_EXPONENT = 6;
const MAX_BLOCK_EXPONENT = 13;

/** True when `packet` begins as the Vorbis header packet of this type does: 1 identification, 3 comment, 5 setup. */
export function isVorbisHeader(packet: Uint8Array, type: 1 | 3 | 5): boolean {
  return packet[0] === type && VORBIS.every((letter, i) => packet[1 + i] === letter);
}

const VORBIS = [0x76, 0x6f, 0x72, 0x62, 0x69, 0x73];

/** The identification header (section 4.2.2), or `null` when the packet is none or a decoder would refuse it. */
export function parseVorbisIdentification(packet: Uint8Array): VorbisIdentification | null {
  if (packet.length < IDENTIFICATION_BYTES || !isVorbisHeader(packet, 1)) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const version = view.getUint32(7, true);
  const channels = view.getUint8(11);
  const sampleRate = view.getUint32(12, true);
  const shortExponent = view.getUint8(28) & 0x0f;
  const longExponent = view.getUint8(28) >> 4;
  const framing = view.getUint8(29) & 1;
  if (version !== 0 || channels === 0 || sampleRate === 0 || framing === 0) return null;
  if (shortExponent < MIN_BLOCK_EXPONENT || longExponent > MAX_BLOCK_EXPONENT || shortExponent > longExponent) {
    return null;
  }
  return { sampleRate, channels, shortBlockSamples: 1 << shortExponent, longBlockSamples: 1 << longExponent };
}
