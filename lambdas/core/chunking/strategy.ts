/**
 * How a source is cut. A strategy looks at nothing but the packets so far, and at silences that were found before, so that
 * chunks are written while the source is being scanned.
 */
import { DEFAULT_SILENCES, type SilenceOptions } from '../dsp/silences.ts';

/**
 * Chunks of about `targetSeconds`: chunk n ends at the first packet boundary at or after the next multiple of the target.
 * Very long tracks get longer chunks: the target doubles every 4,096 chunks, so that the first 11.4 hours of every track
 * lie on the ten-second grid and 100 hours need 13,204 chunks instead of 36,000.
 */
export type DurationChunking = {
  readonly strategy: 'duration';
  readonly targetSeconds: number;
  /** A chunk is closed earlier where the next packet would make it longer than this: what one reader holds stays small. */
  readonly maxChunkBytes: number;
  /** What was asked for, and cannot be done before the silences of the track are known, or where it has none. */
  readonly insteadOf?: SilenceChunking;
};

/** Chunks of as many whole packets as fit into `targetBytes`, at least one. */
export type BytesChunking = { readonly strategy: 'bytes'; readonly targetBytes: number };

/**
 * Chunks that end in silences: each in the first one that comes when the chunk is `minChunkSeconds` long, at the packet
 * boundary nearest to its middle. Where none comes in time a chunk is `maxChunkSeconds` long.
 */
export type SilenceChunking = {
  readonly strategy: 'silence';
  /** The greatest magnitude in a silence, dB of full scale. */
  readonly thresholdDb: number;
  /** What is shorter is no silence. */
  readonly minimumSilenceMs: number;
  readonly minChunkSeconds: number;
  readonly maxChunkSeconds: number;
  readonly maxChunkBytes: number;
  /** Of a revision: a digest of the silences that it was cut at. Not to be configured. */
  readonly silences?: string;
};

export type ChunkingConfig = DurationChunking | BytesChunking | SilenceChunking;

export const CHUNKS_PER_DOUBLING = 4096;

export const DEFAULT_CHUNKING: DurationChunking = {
  strategy: 'duration',
  targetSeconds: 10,
  maxChunkBytes: 8 * 1024 * 1024,
};

export const DEFAULT_SILENCE_CHUNKING: SilenceChunking = {
  strategy: 'silence',
  thresholdDb: DEFAULT_SILENCES.thresholdDb,
  minimumSilenceMs: DEFAULT_SILENCES.minimumMs,
  minChunkSeconds: 5,
  maxChunkSeconds: 30,
  maxChunkBytes: DEFAULT_CHUNKING.maxChunkBytes,
};

/** How the silences of a revision with that chunking are looked for. */
export function silenceOptionsOf(config: ChunkingConfig): SilenceOptions {
  switch (config.strategy) {
    case 'duration':
      return config.insteadOf === undefined ? DEFAULT_SILENCES : silenceOptionsOf(config.insteadOf);
    case 'bytes':
      return DEFAULT_SILENCES;
    case 'silence':
      return { thresholdDb: config.thresholdDb, minimumMs: config.minimumSilenceMs };
  }
}

/** What is done while the silences are not known: chunks of the usual length, so far as the limits allow it. */
export function insteadOfSilences(config: SilenceChunking): DurationChunking {
  const { minChunkSeconds, maxChunkSeconds, maxChunkBytes } = config;
  const usual = Math.max(minChunkSeconds, DEFAULT_CHUNKING.targetSeconds);
  return { strategy: 'duration', targetSeconds: Math.min(maxChunkSeconds, usual), maxChunkBytes, insteadOf: config };
}

/** The limits that hold for chunk `number`: samples of the grid it ends on, and bytes. */
export type ChunkLimits = { readonly gridSamples: number; readonly maxBytes: number };

export function chunkLimits(config: ChunkingConfig, sampleRate: number, number: number): ChunkLimits {
  switch (config.strategy) {
    case 'duration': {
      const doublings = Math.floor(number / CHUNKS_PER_DOUBLING);
      const gridSamples = Math.max(1, Math.round(config.targetSeconds * sampleRate)) * 2 ** doublings;
      return { gridSamples, maxBytes: config.maxChunkBytes };
    }
    case 'bytes':
      return { gridSamples: Number.POSITIVE_INFINITY, maxBytes: config.targetBytes };
    case 'silence':
      return { gridSamples: Number.POSITIVE_INFINITY, maxBytes: config.maxChunkBytes };
  }
}

/** One line that means the same configuration exactly when it is the same; part of every revision. */
export function chunkingKey(config: ChunkingConfig): string {
  switch (config.strategy) {
    case 'duration': {
      const own = `duration:${config.targetSeconds}:${config.maxChunkBytes}`;
      return config.insteadOf === undefined ? own : `${own}:${chunkingKey(config.insteadOf)}`;
    }
    case 'bytes':
      return `bytes:${config.targetBytes}`;
    case 'silence': {
      const { thresholdDb, minimumSilenceMs, minChunkSeconds, maxChunkSeconds, maxChunkBytes, silences = '' } = config;
      const limits = `${minChunkSeconds}:${maxChunkSeconds}:${maxChunkBytes}`;
      return `silence:${thresholdDb}:${minimumSilenceMs}:${limits}:${silences}`;
    }
  }
}
