/**
 * MP4, M4A, M4B, 3GP and QuickTime: ISO/IEC 14496-12 (boxes, tables, fragments) and 14496-14, the QuickTime File Format,
 * "Encapsulation of FLAC in ISO Base Media File Format" and "Encapsulation of Opus in ISO Base Media File Format".
 */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { AudioFormat, Packets, Scan, ScanSummary, SourceFormat } from '../format.ts';
import { type Box, BoxReader } from './box.ts';
import { TABLE_BLOCK_BYTES } from './field-cursor.ts';
import { type FileLayout, NOTHING_BEHIND, readFileLayout, readRest } from './file-layout.ts';
import { FragmentWalk } from './fragments.ts';
import { type Movie, readMovie } from './movie.ts';
import { PacketColumns } from './packet-columns.ts';
import { SampleChunks, SampleDurations, SampleSizes } from './sample-table.ts';
import { type Findings, scanWarnings } from './scan-warnings.ts';
import { timelineOf } from './timeline.ts';
import type { Track } from './track.ts';

/** Packets are the samples of one track; where they lie and how long they are, tables say: the audio is hardly read. */
export const mp4: SourceFormat = { name: 'mp4', open: (source) => openMp4(source) };

type OpenedMovie = { readonly source: ByteSource; readonly layout: FileLayout; readonly movie: Movie };

/**
 * `null` when the source does not begin with a box of such a file. Throws `malformed_header`, `unsupported_codec`,
 * `drm_protected`, `no_audio`; from `packets` also `packets_out_of_order`.
 *
 * `blockBytes`: how much to read at a time; the packets do not depend on it.
 */
export async function openMp4(source: ByteSource, blockBytes?: number): Promise<Scan | null> {
  const reader = new BoxReader(source, blockBytes);
  const layout = await readFileLayout(reader, source.byteLength);
  if (layout === null) return null;
  const movie = await readMovie(reader, layout.moov);
  return {
    format: audioFormat(movie.track),
    init: movie.track.description.codec.decoderConfig,
    packets: () => scanPackets({ source, layout, movie }, blockBytes),
  };
}

function audioFormat({ description }: Track): AudioFormat {
  const { codec, codecString, sampleRate, channels, bitsPerSample, decoderConfig } = description.codec;
  const names = { container: 'mp4', codec, mimeType: 'audio/mp4', extension: 'm4a', codecString };
  const width = bitsPerSample === undefined ? {} : { bitsPerSample };
  return { ...names, sampleRate, channels, ...width, decoderConfig };
}

async function* scanPackets(
  opened: OpenedMovie,
  blockBytes: number | undefined,
): AsyncGenerator<Packets, ScanSummary, undefined> {
  const { source, layout, movie } = opened;
  const packets = new PacketColumns(source, movie.track, blockBytes);
  const unplacedCount = yield* tabledPackets(source, movie.track, packets, blockBytes);
  let fragments: FragmentWalk | undefined;
  if (movie.fragments !== undefined && packets.stop === undefined) {
    fragments = new FragmentWalk(source, movie.track, movie.fragments, packets, blockBytes);
    yield* fragments.batches(layout.moov.endByte);
  }
  await packets.settleLast();
  const last = packets.take();
  if (last !== null) yield last;
  return summaryOf(opened, packets, unplacedCount, fragments, blockBytes);
}

/** The packets of the tables in the header; how many samples these count but do not place. */
async function* tabledPackets(
  source: ByteSource,
  { table, description }: Track,
  packets: PacketColumns,
  blockBytes = TABLE_BLOCK_BYTES,
): AsyncGenerator<Packets, number, undefined> {
  const sizes = await SampleSizes.open(source, table.sizes, blockBytes);
  const durations = await SampleDurations.open(source, table.durations, blockBytes);
  const chunks = await SampleChunks.open(source, table, blockBytes);
  while (sizes.left > 0 && (await chunks.next())) {
    if (!description.indices.has(chunks.descriptionIndex)) {
      packets.stop = { kind: 'description', startByte: chunks.startByte };
      return 0;
    }
    let at = chunks.startByte;
    for (let left = Math.min(chunks.samples, sizes.left); left > 0; left--) {
      if (!sizes.ready) await sizes.prepare();
      const byteLength = sizes.take();
      if (durations.left === 0) await durations.nextRun();
      durations.left--;
      if (packets.full) {
        const batch = packets.take();
        if (batch !== null) yield batch;
      }
      if (!packets.add(at, byteLength, durations.ticks)) await packets.addLooked(at, byteLength, durations.ticks);
      if (packets.stop !== undefined) return 0;
      at += byteLength;
    }
  }
  return sizes.left;
}

async function summaryOf(
  { source, layout, movie }: OpenedMovie,
  packets: PacketColumns,
  unplacedCount: number,
  fragments: FragmentWalk | undefined,
  blockBytes: number | undefined,
): Promise<ScanSummary> {
  const { stop, audioStartByte, audioEndByte, decodedSamples } = packets;
  const beyondEnd = stop?.kind === 'beyond-end';
  const reader = new BoxReader(source, blockBytes);
  // The data of a fragment follow it, so where they are missing, the file is cut.
  const rest = fragments === undefined ? await readRest(reader, layout.moov, source.byteLength) : NOTHING_BEHIND;
  const cut = fragments === undefined ? beyondEnd && rest.cut : beyondEnd || fragments.cut;
  const whole = stop === undefined && unplacedCount === 0 && !cut;
  const timeline = timelineOf(movie, {
    decodedSamples,
    // Durations that are all zero are no durations.
    paddingSamples: packets.ticks > 0 ? packets.paddingSamples : 0,
    whole,
    statedSamples: statedSamples(movie.track, packets),
    firstTicks: fragments?.firstTicks ?? 0,
  });
  if (packets.packetCount === 0 || timeline.totalSamples === 0) throw nothingAudible(packets, layout.moov, cut);
  const findings: Findings = {
    movie,
    packets,
    timeline,
    headerLast: layout.audioBeforeHeader,
    cut,
    rest,
    unplacedCount,
    gap: fragments?.gap,
    astrayByte: fragments?.astrayByte,
  };
  const { leadInSamples, totalSamples } = timeline;
  const warnings = scanWarnings(findings, source.byteLength);
  return { leadInSamples, totalSamples, audioStartByte, audioEndByte, warnings };
}

/** What all of the tables' samples would decode to; of fragments only those are known that are there. */
function statedSamples({ table, description }: Track, { decodedSamples }: PacketColumns): number {
  const { packetLength } = description.codec;
  const tabled = packetLength.kind === 'fixed' ? table.sizes.count * packetLength.samples : 0;
  return Math.max(tabled, decodedSamples);
}

function nothingAudible({ packetCount, stop }: PacketColumns, moov: Box, cut: boolean): CuepointError {
  const why =
    packetCount > 0
      ? `${packetCount} packets, but nothing of them is to be heard`
      : stop?.kind === 'beyond-end'
        ? `its first packet at byte ${stop.startByte}, where the file has ended`
        : 'a header but not one packet';
  const remedy = cut || moov.cut ? 'upload the whole file' : 'upload a file that has audio in it';
  return new CuepointError('no_audio', `the MP4 has ${why}; ${remedy}`);
}
