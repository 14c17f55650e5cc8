/**
 * What every container's scanner tells the rest of the product.
 *
 * Two axes are used. *Decoded samples* count what a decoder puts out from the first packet on. The *timeline* starts at
 * the first audible sample: timeline = decoded − leadInSamples, clamped to [0, totalSamples].
 */
import type { ByteSource } from '../ports.ts';

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
};

/** Something a person should know about a file that is served all the same. */
export type SourceWarning = { readonly code: string; readonly message: string };

/**
 * A batch of consecutive packets, as columns of equal length `count`.
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
};

/** Packets of one size without preroll, as PCM has them: packet k starts at `startByte + k * packetByteLength`. */
export type PacketRun = {
  readonly kind: 'run';
  readonly startByte: number;
  readonly packetByteLength: number;
  readonly packetSamples: number;
  readonly count: number;
};

export type PacketBatch = Packets | PacketRun;

/** What is known only after the last packet. */
export type ScanSummary = {
  /** Decoded samples before sample 0 of the timeline (encoder delay and decoder delay). */
  readonly leadInSamples: number;
  /** Length of the timeline: lead-in and padding excluded. */
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
  open(source: ByteSource): Promise<Scan | null>;
};
