import { openAdts } from '../../lambdas/core/formats/adts/adts.ts';
import { aiff } from '../../lambdas/core/formats/aiff/aiff.ts';
import { openAsf } from '../../lambdas/core/formats/asf/asf.ts';
import { openScan } from '../../lambdas/core/formats/detect.ts';
import { openFlac } from '../../lambdas/core/formats/flac/flac.ts';
import type { Scan } from '../../lambdas/core/formats/format.ts';
import { openMatroska } from '../../lambdas/core/formats/matroska/matroska.ts';
import { openMp4 } from '../../lambdas/core/formats/mp4/mp4.ts';
import { openMpegAudio } from '../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { openOgg } from '../../lambdas/core/formats/ogg/ogg.ts';
import { wav } from '../../lambdas/core/formats/wav/wav.ts';
import { openWavPack } from '../../lambdas/core/formats/wavpack/wavpack.ts';
import type { ByteSource } from '../../lambdas/core/ports.ts';
import { FuzzDecoder } from './fuzz-decoder.ts';

/** `blockBytes`: how much to read at a time; the default when absent. */
export type Opener = (source: ByteSource, blockBytes?: number) => Promise<Scan | null>;

const decoder = new FuzzDecoder();

/** In the order of the detection. */
const SCANNERS: readonly Opener[] = [
  (source) => wav.open(source),
  (source) => aiff.open(source),
  openFlac,
  openOgg,
  openMp4,
  openMatroska,
  openWavPack,
  (source, blockBytes) => openAsf(source, { decoder }, blockBytes),
  openAdts,
  openMpegAudio,
];

/** `openScan`, or the same with a choice of how much is read at a time. */
export async function openAny(source: ByteSource, blockBytes?: number): Promise<Scan> {
  if (blockBytes === undefined) return openScan(source, { decoder });
  for (const open of SCANNERS) {
    const scan = await open(source, blockBytes);
    if (scan !== null) return scan;
  }
  return openScan(source, { decoder });
}
