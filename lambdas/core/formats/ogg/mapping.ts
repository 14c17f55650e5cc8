/** What Ogg leaves to each codec: which packets are headers, and how many samples the others hold. */

/** What a decoder must be fed before a run of packets, and what it makes of that. */
export type PrerollNeed = {
  readonly packets: number;
  /** Decoded samples that those packets must hold. */
  readonly samples: number;
  /** Nothing comes out for the first packet that a decoder is fed. */
  readonly firstIsSilent: boolean;
};

/** Counts the samples of one link's packets: made anew for each pass, since it remembers the packet before. */
export type PacketCounter = {
  /**
   * Samples per channel that come out for the packet that begins with `bytes[from, to)` (`COUNTED_BYTES` of it, or all);
   * `null` when decoders pass it over.
   */
  count(bytes: Uint8Array, from: number, to: number): number | null;
};

/** What a counter wants to see of a packet at most: the longest is a FLAC frame's header. */
export const COUNTED_BYTES = 16;

export type OggCodec = 'vorbis' | 'opus' | 'flac';

/** What two links must have in common to be one timeline. */
export type OggAudio = {
  readonly codec: OggCodec;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample?: number;
};

export type Mapping = OggAudio & {
  /** Samples of the first packets that are not to be heard. */
  readonly preSkipSamples: number;
  /** The first and the last granule position may trim. */
  readonly trimsByGranule: boolean;
  readonly preroll: PrerollNeed;
  /** The header packets of an init, those of each page together. */
  readonly headers: readonly (readonly Uint8Array[])[];
  counter(): PacketCounter;
};

/** Takes the header packets of one logical stream. */
export type MappingReader = {
  readonly audio: OggAudio;
  /** Whether this packet (its beginning on its first page) is a header and not audio. */
  isHeader(packet: Uint8Array): boolean;
  /** How much of a header packet with this first byte `take` wants to see when pages part it; at least 1. */
  keptBytes(firstByte: number): number;
  /** The header packets behind the first, in order, `byteLength` long. */
  take(packet: Uint8Array, byteLength: number): void;
  /** To be called when audio follows. Throws `malformed_header` when what a decoder needs did not come. */
  finish(): Mapping;
};
