/** MPEG audio, layers I to III: frames one after the other, without a container (ISO/IEC 11172-3, 13818-3). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import type { PacketBatch, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { findTrailingTags, skipLeadingTags } from '../surrounding-tags.ts';
import { type Detection, detect } from './detection.ts';
import { FrameWalk, type Junk } from './frame-walk.ts';
import { summarise } from './timeline.ts';

const CODECS = { 1: 'mp1', 2: 'mp2', 3: 'mp3' } as const;

export const mpegAudio: SourceFormat = { name: 'mpeg', open: (source) => openMpegAudio(source) };

/**
 * As `SourceFormat.open`. `blockBytes`: how much is read at a time (default: see ByteWindow); it changes no answer.
 * Throws `free_format_mpeg` for frames without a stated bitrate, `no_audio` for tags or an info frame with nothing
 * behind them.
 */
export async function openMpegAudio(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const startByte = await skipLeadingTags(source);
  const endByte = await findTrailingTags(source, startByte);
  if (startByte >= endByte) {
    if ((await skipId3v2(source)) === 0) return null;
    throw new CuepointError('no_audio', 'the file holds tags (ID3v2) but no audio: upload the whole file again');
  }
  const detection = await detect(source, startByte, endByte);
  if (detection === null) return null;
  if (detection.audioStartByte >= endByte) {
    throw new CuepointError('no_audio', 'the file ends behind the frame that describes its audio: upload it again');
  }
  const { kind, channels, firstFrameByte, junkBefore } = detection;
  const codec = CODECS[kind.layer];
  const junk = junkBefore ? { startByte, byteLength: firstFrameByte - startByte } : null;
  return {
    format: {
      container: 'mp3',
      codec,
      mimeType: 'audio/mpeg',
      extension: codec,
      sampleRate: kind.sampleRate,
      channels,
    },
    init: new Uint8Array(0),
    packets: () => scan(source, detection, endByte, junk, blockBytes),
  };
}

async function* scan(
  source: ByteSource,
  detection: Detection,
  endByte: number,
  junk: Junk | null,
  blockBytes: number | undefined,
): AsyncGenerator<PacketBatch, ScanSummary, undefined> {
  const window = await ByteWindow.open(source, detection.audioStartByte, blockBytes);
  const walk = new FrameWalk(window, detection.kind, endByte, junk);
  yield* walk.batches();
  return summarise(detection, walk.findings, endByte);
}
