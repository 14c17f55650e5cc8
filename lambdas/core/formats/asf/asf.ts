/** ASF with Windows Media Audio: Advanced Systems Format specification, revision 01.20.05. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource, Decoder, DecoderConfig } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { AudioFormat, Packets, Scan, ScanOptions, ScanSummary, SourceFormat } from '../format.ts';
import { skipId3v2 } from '../id3v2.ts';
import { leadInSamples, servedStream } from './codec.ts';
import { GUID, GUID_BYTES, guidAt } from './guids.ts';
import { type AsfHeader, readAsfHeader } from './header-object.ts';
import { asfInit } from './init.ts';
import { ObjectAssembly } from './media-objects.ts';
import { PacketWalk } from './packet-walk.ts';
import { scanWarnings } from './scan-warnings.ts';
import type { AudioStream } from './stream-properties.ts';
import { StretchLog } from './stretch-log.ts';

/**
 * Packets are stretches of data packets of half a second or more. Neither timestamps nor durations say how many samples
 * they hold, nor what a decoder must be fed before them: the audio is decoded, and both are what a decoder did.
 */
export const asf: SourceFormat = { name: 'asf', open: (source, options) => openAsf(source, options) };

/**
 * `null` when no ASF header follows the leading ID3v2 tags. Throws `malformed_header`, `drm_protected`,
 * `unsupported_codec`, `no_audio` (from here, or from `packets`), and `decoder_missing` without `options.decoder`.
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openAsf(
  source: ByteSource,
  options: ScanOptions = {},
  blockBytes?: number,
): Promise<Scan | null> {
  const startByte = await skipId3v2(source);
  if (guidAt(await readBytes(source, startByte, GUID_BYTES), 0) !== GUID.header) return null;
  const header = await readAsfHeader(source, startByte);
  const { stream, config } = servedStream(header.audioStreams);
  if (header.encrypted || stream.encrypted) {
    throw new CuepointError(
      'drm_protected',
      'the ASF file is encrypted (Windows Media DRM), and only its owner can open it; upload a copy without protection',
    );
  }
  const { decoder } = options;
  if (decoder === undefined) {
    throw new CuepointError(
      'decoder_missing',
      `the file holds ${config.codec}, which must be decoded to be indexed, and no decoder is installed; install the optional package node-av (npm install node-av) and index the file again`,
    );
  }
  return {
    format: audioFormat(config),
    init: asfInit(header.fileProperties, stream.object),
    packets: () => scanPackets(source, { header, stream, config, decoder, blockBytes }),
  };
}

type AsfTrack = {
  readonly header: AsfHeader;
  readonly stream: AudioStream;
  readonly config: DecoderConfig;
  readonly decoder: Decoder;
  readonly blockBytes: number | undefined;
};

async function* scanPackets(source: ByteSource, track: AsfTrack): AsyncGenerator<Packets, ScanSummary, undefined> {
  const { header, stream, config } = track;
  const dataEndByte = header.dataEndByte ?? source.byteLength;
  const walk = await PacketWalk.open(source, {
    startByte: header.dataStartByte,
    endByte: Math.min(dataEndByte, source.byteLength),
    packetByteLength: header.packetByteLength,
    streamNumber: stream.number,
    blockBytes: track.blockBytes,
  });
  const assembly = new ObjectAssembly(stream.spread, stream.waveFormat.blockAlign);
  const log = await StretchLog.open(track.decoder, config);
  try {
    yield* decodedPackets(walk, assembly, log);
    const decodedSamples = log.totalSamples;
    const leadIn = leadInSamples(config);
    if (log.startByte === undefined || decodedSamples <= leadIn) {
      throw noAudio(header, decodedSamples, leadIn, source.byteLength);
    }
    const findings = { walk, log, incompleteObjects: assembly.incomplete, leadInSamples: leadIn };
    return {
      leadInSamples: leadIn,
      totalSamples: decodedSamples - leadIn,
      audioStartByte: log.startByte,
      audioEndByte: walk.audioEndByte,
      warnings: scanWarnings(findings, header, config, source.byteLength),
    };
  } finally {
    log.close();
  }
}

async function* decodedPackets(
  walk: PacketWalk,
  assembly: ObjectAssembly,
  log: StretchLog,
): AsyncGenerator<Packets, void, undefined> {
  for await (const packets of walk.batches()) {
    for (const { startByte, payloads } of packets) {
      const begins = payloads.some(({ objectOffset }) => objectOffset === 0);
      if (log.startByte !== undefined || begins) {
        if (payloads.length > 0) await log.beginPacket(startByte, payloads[0]?.objectOffset === 0);
      }
      for (const payload of payloads) {
        const object = assembly.accept(payload, startByte);
        if (object !== null) await log.decode(object);
      }
    }
    const batch = log.isFull ? log.takeBatch() : null;
    if (batch !== null) yield batch;
  }
  await log.finish();
  const rest = log.takeBatch();
  if (rest !== null) yield rest;
}

function audioFormat({ codec, sampleRate, channels, bitsPerSample = 0 }: DecoderConfig): AudioFormat {
  const names = { container: 'asf', codec, mimeType: 'audio/x-ms-wma', extension: 'wma' };
  const described = { ...names, sampleRate, channels };
  return codec === 'wmalossless' && bitsPerSample > 0 ? { ...described, bitsPerSample } : described;
}

function noAudio(
  { dataStartByte }: AsfHeader,
  decodedSamples: number,
  leadIn: number,
  byteLength: number,
): CuepointError {
  if (decodedSamples > 0) {
    return new CuepointError(
      'no_audio',
      `the file decodes to ${decodedSamples} samples, all of which are taken for the ${leadIn} that codecs of its kind begin with; convert it, for instance to WAV, to have them served`,
    );
  }
  return new CuepointError(
    'no_audio',
    `no audio could be decoded from byte ${dataStartByte} to ${byteLength}; upload a file that has audio in it`,
  );
}
