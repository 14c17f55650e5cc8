/** WavPack 4 and 5: https://www.wavpack.com/WavPack5FileFormat.pdf */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { readBytes } from '../byte-window.ts';
import type { AudioFormat, Packets, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { findTrailingTags, skipLeadingTags } from '../surrounding-tags.ts';
import { BLOCK_HEADER_BYTES, foreignVersion, hasBlockSignature } from './block-header.ts';
import { BlockWalk } from './block-walk.ts';
import { type Group, GroupChain } from './group-chain.ts';
import { scanWarnings } from './scan-warnings.ts';
import { streamProperties } from './sub-blocks.ts';

/** More than half a second of stereo takes: the first group is read for itself, before the scan. */
const FIRST_BLOCK_BYTES = 1 << 17;

/** What the reference decoder takes a rate to be that is stated nowhere. */
const UNSTATED_SAMPLE_RATE = 44100;

/**
 * Packets are groups of blocks, one block for mono and stereo; no init, no preroll, no lead-in: every group decodes by
 * itself. The timeline starts at the first group whatever index it carries, so a file cut out of a longer one starts
 * at 0.
 */
export const wavpack: SourceFormat = { name: 'wavpack', open: (source) => openWavPack(source) };

type Extent = { readonly startByte: number; readonly endByte: number };

/**
 * `null` when no `wvpk` follows the leading tags. Throws `unsupported_codec` for WavPack 1 to 3 and for DSD,
 * `malformed_header` for a rate of 0, `no_audio` when there is not one whole group of blocks with audio.
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openWavPack(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const startByte = await skipLeadingTags(source);
  const start = await readBytes(source, startByte, BLOCK_HEADER_BYTES);
  if (!hasBlockSignature(start, 0)) return null;
  const version = start.length < BLOCK_HEADER_BYTES ? undefined : foreignVersion(start);
  if (version !== undefined) throw unservedVersion(version);
  const extent = { startByte, endByte: await findTrailingTags(source, startByte) };
  const first = await firstGroup(source, extent, blockBytes);
  const format = await audioFormat(source, first);
  return {
    format,
    init: new Uint8Array(0),
    packets: () => scanPackets(source, extent, first, format.sampleRate, blockBytes),
  };
}

async function* scanPackets(
  source: ByteSource,
  { startByte, endByte }: Extent,
  first: Group,
  sampleRate: number,
  blockBytes: number | undefined,
): AsyncGenerator<Packets, ScanSummary, undefined> {
  const walk = await BlockWalk.open(source, startByte, endByte, blockBytes);
  const chain = new GroupChain();
  for await (const blocks of walk.batches()) {
    for (const block of blocks) chain.accept(block);
    const batch = chain.takeBatch();
    if (batch !== null) yield batch;
    if (chain.change !== undefined) break;
  }
  chain.finish(walk.findings.cutStartByte !== undefined);
  return {
    leadInSamples: 0,
    totalSamples: chain.totalSamples,
    audioStartByte: first.startByte,
    audioEndByte: chain.audioEndByte,
    warnings: scanWarnings(chain, first, sampleRate, walk.findings, source.byteLength),
  };
}

/** The first whole group, which all others must agree with. */
async function firstGroup(
  source: ByteSource,
  { startByte, endByte }: Extent,
  blockBytes: number | undefined,
): Promise<Group> {
  const walk = await BlockWalk.open(source, startByte, endByte, blockBytes ?? FIRST_BLOCK_BYTES);
  const chain = new GroupChain();
  for await (const blocks of walk.batches()) {
    for (const block of blocks) {
      chain.accept(block);
      if (chain.first !== undefined) return chain.first;
    }
  }
  throw new CuepointError(
    'no_audio',
    `not one whole WavPack block with audio was found from byte ${startByte} to ${endByte}; upload the whole file`,
  );
}

async function audioFormat(source: ByteSource, { startByte, header, channels }: Group): Promise<AudioFormat> {
  if (header.dsd) {
    throw new CuepointError(
      'unsupported_codec',
      'the WavPack file holds DSD, one-bit audio, and PCM is served; convert it to PCM, for instance to FLAC',
    );
  }
  const stated = streamProperties(await readBytes(source, startByte, header.byteLength));
  const sampleRate = header.sampleRate ?? stated.sampleRate ?? UNSTATED_SAMPLE_RATE;
  if (sampleRate === 0) {
    throw new CuepointError(
      'malformed_header',
      'the WavPack file declares a sample rate of 0 Hz, and at least 1 is expected; make the file again',
    );
  }
  const names = { container: 'wavpack', codec: 'wavpack', mimeType: 'audio/x-wavpack', extension: 'wv' };
  const described = { ...names, sampleRate, channels, bitsPerSample: header.bitsPerSample };
  return stated.channelMask ? { ...described, channelMask: stated.channelMask } : described;
}

function unservedVersion(version: number): CuepointError {
  const name = version < 0x400 ? `WavPack ${version}` : `WavPack with stream version 0x${version.toString(16)}`;
  return new CuepointError(
    'unsupported_codec',
    `the file is ${name}, and WavPack 4 and 5 (stream versions 0x402 to 0x410) are served; convert it with a current version of wavpack, or to FLAC`,
  );
}
