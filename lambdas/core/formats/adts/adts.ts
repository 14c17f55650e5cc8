/** AAC in ADTS: frames one after the other, without a container (ISO/IEC 13818-7, ISO/IEC 14496-3 annex 1.A). */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { ByteWindow, readBytes } from '../byte-window.ts';
import type { AudioFormat, PacketBatch, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { findTrailingTags, skipLeadingTags } from '../surrounding-tags.ts';
import { hasBandReplication } from './band-replication.ts';
import { detect } from './detection.ts';
import { type FrameKind, frameByteLength } from './frame-header.ts';
import { FrameWalk } from './frame-walk.ts';
import { type ProgramConfig, programConfigOf } from './program-config.ts';
import type { Stream } from './stream.ts';
import { summarise } from './timeline.ts';

const ADIF_SIGNATURE = [0x41, 0x44, 0x49, 0x46];

/** Enough for the longest frame, and for a second or more of usual ones. */
const LOOK_BYTES = 1 << 15;

/** Decoded samples per channel of one raw data block, before band replication doubles them. */
const CORE_BLOCK_SAMPLES = 1024;

/**
 * What a decoder keeps from one frame to the next: half a window (LC, SSR, LTP). The predictors of Main are reset group
 * by group: 240 frames were too few for some chunks of a file, 400 enough. The settings of band replication are sent
 * again every second or so.
 */
const PREROLL_PACKETS = { overlap: 1, prediction: 600, replication: 32 } as const;

export const adts: SourceFormat = { name: 'adts', open: (source) => openAdts(source) };

/**
 * As `SourceFormat.open`. `blockBytes`: how much is read at a time (default: see ByteWindow); it changes no answer.
 * Throws `unsupported_codec` for ADIF, and for channels that are told nowhere.
 */
export async function openAdts(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  await refuseAdif(source);
  const startByte = await skipLeadingTags(source);
  const endByte = await findTrailingTags(source, startByte);
  const detection = startByte < endByte ? await detect(source, startByte, endByte) : null;
  if (detection === null) return null;
  const { kind, firstFrameByte, junkBefore } = detection;
  const head = await readBytes(source, firstFrameByte, Math.min(LOOK_BYTES, endByte - firstFrameByte));
  const replicates = hasBandReplication(kind, head);
  const config = kind.channels > 0 ? null : configOf(kind, head);
  const format = audioFormat(kind, config, replicates);
  const stream: Stream = {
    kind,
    sampleRate: format.sampleRate,
    blockSamples: replicates ? 2 * CORE_BLOCK_SAMPLES : CORE_BLOCK_SAMPLES,
    prerollPackets: prerollPackets(kind, replicates),
    listsFrames: config !== null,
    audioStartByte: firstFrameByte,
    limitByte: endByte,
    junk: junkBefore ? { startByte, amount: firstFrameByte - startByte } : null,
  };
  return { format, init: new Uint8Array(0), packets: () => scan(source, stream, blockBytes) };
}

async function* scan(
  source: ByteSource,
  stream: Stream,
  blockBytes: number | undefined,
): AsyncGenerator<PacketBatch, ScanSummary, undefined> {
  const window = await ByteWindow.open(source, stream.audioStartByte, blockBytes);
  const walk = new FrameWalk(window, stream);
  yield* walk.batches();
  return summarise(stream, walk.findings);
}

/**
 * Where the header leaves the channels to a program config element, that has to be what the first frame begins with.
 * Writers put it into that frame only, so for the others a decoder is set up with it.
 */
function configOf(kind: FrameKind, head: Uint8Array): ProgramConfig {
  const config = programConfigOf(head.subarray(0, frameByteLength(kind.bits, head, 0)));
  if (config !== null && config.channels > 0) return config;
  throw new CuepointError(
    'unsupported_codec',
    'the ADTS headers leave the channels to a program config element, and the first frame does not begin with one that names any; upload the stream from its beginning, or convert it to M4A',
  );
}

/** Mono with band replication comes out as stereo, since parametric stereo is not announced either. */
function audioFormat(kind: FrameKind, config: ProgramConfig | null, replicates: boolean): AudioFormat {
  const channels = config?.channels ?? kind.channels;
  const isMono = channels === 1;
  const format = {
    container: 'adts',
    codec: 'aac',
    mimeType: 'audio/aac',
    extension: 'aac',
    sampleRate: replicates ? 2 * kind.sampleRate : kind.sampleRate,
    channels: replicates && isMono ? 2 : channels,
    codecString: `mp4a.40.${replicates ? (isMono ? 29 : 5) : kind.objectType}`,
  };
  return config === null ? format : { ...format, decoderConfig: config.decoderConfig };
}

function prerollPackets({ objectType }: FrameKind, replicates: boolean): number {
  if (replicates) return PREROLL_PACKETS.replication;
  return objectType === 1 ? PREROLL_PACKETS.prediction : PREROLL_PACKETS.overlap;
}

async function refuseAdif(source: ByteSource): Promise<void> {
  const bytes = await readBytes(source, 0, ADIF_SIGNATURE.length);
  if (!ADIF_SIGNATURE.every((byte, index) => bytes[index] === byte)) return;
  throw new CuepointError(
    'unsupported_codec',
    'the file is ADIF, AAC whose frames cannot be told apart without decoding them; convert it to ADTS or M4A',
  );
}
