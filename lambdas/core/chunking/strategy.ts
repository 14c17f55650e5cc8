/**
 * How a source is cut. A strategy looks at nothing but the packets so far, so that chunks are written while the source
 * is still being scanned, and memory does not grow with it.
 */

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
};

/** Chunks of as many whole packets as fit into `targetBytes`, at least one. */
export type BytesChunking = { readonly strategy: 'bytes'; readonly targetBytes: number };

export type ChunkingConfig = DurationChunking | BytesChunking;

export const CHUNKS_PER_DOUBLING = 4096;

export const DEFAULT_CHUNKING: DurationChunking = {
  strategy: 'duration',
  targetSeconds: 10,
  maxChunkBytes: 8 * 1024 * 1024,
};

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
  }
}

/** One line that means the same configuration exactly when it is the same; part of every revision. */
export function chunkingKey(config: ChunkingConfig): string {
  switch (config.strategy) {
    case 'duration':
      return `duration:${config.targetSeconds}:${config.maxChunkBytes}`;
    case 'bytes':
      return `bytes:${config.targetBytes}`;
  }
}
