/**
 * What every container's scanner tells the rest of the product.
 *
 * Two axes are used. *Decoded samples* count what a decoder puts out from the first packet on. The *timeline* starts at
 * the first audible sample: timeline = decoded − leadInSamples, clamped to [0, totalSamples].
 */
import type { ByteSource, Decoder } from '../ports.ts';

export type AudioFormat = {
  /** Container name as served to clients: `mp3`, `flac`, `wav` … */
  readonly container: string;
  /** Codec name in FFmpeg's terms where it has one: `mp3`, `flac`, `pcm_s16le` … */
  readonly codec: string;
  readonly mimeType: string;
  /** File extension without the dot, for derived objects. */
  readonly extension: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample?: number;
  /** Which speaker each channel is for, as WAVE_FORMAT_EXTENSIBLE numbers them; absent where the file does not say. */
  readonly channelMask?: number;
  /** The codec as browsers ask for it (RFC 6381): `mp4a.40.2`, `opus` …; absent where there is no such name. */
  readonly codecString?: string;
  /**
   * Present where a chunk's bytes do not show a decoder where its frames are (MP4, WebM): they then come from the chunk's
   * packet table, and the decoder is set up with these bytes (extradata, WebCodecs' `description`), not with `init`.
   */
  readonly decoderConfig?: Uint8Array;
};

/** Something a person should know about a file that is served all the same. */
export type SourceWarning = { readonly code: string; readonly message: string };

/**
 * The codec frames inside a batch of packets, as columns of equal length `count`: what a decoder is fed one by one.
 * In order, and bytes that belong to none of them may lie between.
 */
export type Frames = {
  readonly count: number;
  readonly startByte: Float64Array;
  readonly byteLength: Uint32Array;
  /** Decoded samples per channel. */
  readonly samples: Uint32Array;
};

/**
 * A batch of consecutive packets, as columns of equal length `count`. A packet is what chunks are cut at: one or more
 * codec frames and all bytes up to the next packet.
 *
 * `prerollPackets[i]`: how many packets immediately before packet i a decoder must be fed (and its output thrown away)
 * so that packet i decodes as in a decode of the whole file.
 */
export type Packets = {
  readonly kind: 'packets';
  readonly count: number;
  /** Absolute byte of the packet's first byte in the source. */
  readonly startByte: Float64Array;
  /** Decoded samples per channel that the packet yields. */
  readonly samples: Uint32Array;
  readonly prerollPackets: Uint16Array;
  /** Bytes of the preroll, where it begins inside the first of its packets; absent: it begins with it. */
  readonly prerollBytes?: Float64Array;
  /** Samples that a decoder puts out for the preroll, where that is not the sum of what its packets yield. */
  readonly prerollSamples?: Uint32Array;
  /** The frames in these packets, in formats with a `decoderConfig`. */
  readonly frames?: Frames;
};

/** Packets of one size without preroll, as PCM has them: packet k starts at `startByte + k * packetByteLength`. */
export type PacketRun = {
  readonly kind: 'run';
  readonly startByte: number;
  readonly packetByteLength: number;
  readonly packetSamples: number;
  readonly count: number;
};

/**
 * From `startByte` on another `init` holds (a further link of a chained Ogg): a chunk begins there, with the packet
 * that comes next, and the preroll of later packets does not reach beyond it.
 */
export type InitChange = { readonly kind: 'init'; readonly startByte: number; readonly init: Uint8Array };

export type PacketBatch = Packets | PacketRun | InitChange;

/** What is known only after the last packet. */
export type ScanSummary = {
  /** Decoded samples before sample 0 of the timeline (encoder delay and decoder delay). */
  readonly leadInSamples: number;
  /** Length of the timeline: lead-in and padding excluded. At most what was decoded, less the lead-in. */
  readonly totalSamples: number;
  /** First byte of the first packet, and the byte after the last packet. What lies outside is header, tags, trailer. */
  readonly audioStartByte: number;
  readonly audioEndByte: number;
  readonly warnings: readonly SourceWarning[];
};

/**
 * A recognised source, ready to be scanned once, front to back, in constant memory.
 * `init`: the bytes a decoder needs before any packet (empty where it needs none).
 */
export type Scan = {
  readonly format: AudioFormat;
  readonly init: Uint8Array;
  packets(): AsyncGenerator<PacketBatch, ScanSummary, undefined>;
};

/**
 * One per container. `open` reads as little as tells whether the source is of this format: `null` when it is not;
 * throws a `SourceFailureCode` error when it is, but cannot be served.
 */
export type SourceFormat = {
  readonly name: string;
  open(source: ByteSource, options?: ScanOptions): Promise<Scan | null>;
};

export type ScanOptions = {
  /** For formats that do not say how many samples they hold (WMA); absent on machines without native code. */
  readonly decoder?: Decoder;
};
