import type { PublishedRevision, TrackRecord } from '../../lambdas/core/track/record.ts';

/** A published revision of a short stereo FLAC; `overrides` replace whole members. */
export function publishedRevision(overrides: Partial<PublishedRevision> = {}): PublishedRevision {
  return {
    revision: 'r1',
    sourceVersion: 'v1',
    byteLength: 1_000_000,
    lastModifiedMs: 1_700_000_000_000,
    format: {
      container: 'flac',
      codec: 'flac',
      mimeType: 'audio/flac',
      extension: 'flac',
      sampleRate: 44_100,
      channels: 2,
      bitsPerSample: 16,
    },
    init: Uint8Array.of(0x66, 0x4c, 0x61, 0x43, 0x80, 0x00, 0x00, 0xff),
    leadInSamples: 0,
    totalSamples: 441_000,
    audioStartByte: 8_192,
    audioEndByte: 999_872,
    warnings: [{ code: 'tags_malformed', message: 'the tags could not be read' }],
    chunking: { strategy: 'duration', targetSeconds: 6, maxChunkBytes: 4_194_304 },
    location: 'objects',
    chunkCount: 2,
    directory: [{ firstNumber: 0, firstByte: 0, firstSample: 0 }],
    publishedAtMs: 1_700_000_001_000,
    ...overrides,
  };
}

/** The first write of a record of a published track; `overrides` replace whole members. */
export function trackRecord(overrides: Partial<TrackRecord> = {}): TrackRecord {
  return {
    trackId: 'track-1',
    path: 'music/one.flac',
    version: 1,
    sequencer: '0000000000000001',
    published: publishedRevision(),
    retired: [],
    ...overrides,
  };
}
