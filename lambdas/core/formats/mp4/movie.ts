/** The header of the whole file: ISO/IEC 14496-12, sections 8.2 (moov) and 8.8 (mvex). */
import { CuepointError } from '../../errors.ts';
import type { Box, BoxReader } from './box.ts';
import { type GaplessTag, readGaplessTag } from './gapless-tag.ts';
import { readAudioTrack, readClock, readTrackOutline, type Track } from './track.ts';

/** What holds for a fragment's samples where it does not say (`trex`). */
export type FragmentDefaults = {
  readonly descriptionIndex: number;
  readonly ticks: number;
  readonly byteLength: number;
};

export type Movie = {
  /** Ticks a second of the clock that edits are measured by; 0: not said. */
  readonly timescale: number;
  readonly track: Track;
  readonly audioTracks: number;
  /** Present where samples may lie in fragments behind the header. */
  readonly fragments: FragmentDefaults | undefined;
  readonly gaplessTag: GaplessTag | undefined;
};

/**
 * Chooses the first enabled audio track of a served codec, else the first one of a served codec. Throws what the first
 * audio track is refused for when none is served, and `no_audio` when there is none.
 */
export async function readMovie(reader: BoxReader, moov: Box): Promise<Movie> {
  const { mvhd, mvex, udta, cmov } = await reader.findIn(moov, ['mvhd', 'mvex', 'udta', 'cmov']);
  const { track, audioTracks } = await chooseTrack(reader, moov, cmov !== undefined);
  return {
    timescale: (mvhd && (await readClock(reader, mvhd)))?.timescale ?? 0,
    track,
    audioTracks,
    fragments: mvex && (await readFragmentDefaults(reader, mvex, track.id)),
    gaplessTag: udta && (await readGaplessTag(reader, udta)),
  };
}

async function chooseTrack(
  reader: BoxReader,
  moov: Box,
  compressed: boolean,
): Promise<{ track: Track; audioTracks: number }> {
  let chosen: { track: Track; enabled: boolean } | undefined;
  let refusal: CuepointError | undefined;
  let audioTracks = 0;
  const others = new Set<string>();
  for await (const box of reader.boxes(moov.bodyByte, moov.endByte)) {
    if (box.type !== 'trak') continue;
    const outline = await readTrackOutline(reader, box);
    if (outline === null) continue;
    if (outline.handler !== 'soun') {
      if (others.size < MAX_NAMED_HANDLERS) others.add(HANDLER_NAMES[outline.handler] ?? 'data');
      continue;
    }
    audioTracks++;
    if (chosen !== undefined && (chosen.enabled || !outline.enabled)) continue;
    try {
      chosen = { track: await readAudioTrack(reader, outline), enabled: outline.enabled };
    } catch (error) {
      if (!(error instanceof CuepointError)) throw error;
      refusal ??= error;
    }
  }
  if (chosen !== undefined) return { track: chosen.track, audioTracks };
  throw refusal ?? noAudioTrack(moov, others, compressed);
}

const HANDLER_NAMES: Readonly<Record<string, string>> = {
  vide: 'video',
  text: 'text',
  sbtl: 'subtitles',
  subt: 'subtitles',
};
const MAX_NAMED_HANDLERS = 4;

function noAudioTrack(moov: Box, others: ReadonlySet<string>, compressed: boolean): CuepointError {
  if (compressed) {
    return new CuepointError(
      'unsupported_codec',
      'the QuickTime file has a compressed header, which is not served; export it again as MP4',
    );
  }
  if (moov.cut) {
    return new CuepointError(
      'malformed_header',
      `the MP4's header (moov) at byte ${moov.startByte} is cut by the end of the file before an audio track; upload the whole file`,
    );
  }
  const found = others.size === 0 ? 'no track' : `tracks of ${[...others].join(', ')} only`;
  return new CuepointError('no_audio', `the MP4 has ${found}; upload a file that has audio in it`);
}

/** Zeros where there is no `trex` for the track: its fragments then say everything themselves. */
async function readFragmentDefaults(reader: BoxReader, mvex: Box, trackId: number): Promise<FragmentDefaults> {
  for await (const box of reader.boxes(mvex.bodyByte, mvex.endByte)) {
    if (box.type !== 'trex') continue;
    const { view } = await reader.body(box, 20);
    if (view.byteLength < 20 || view.getUint32(4) !== trackId) continue;
    return { descriptionIndex: view.getUint32(8), ticks: view.getUint32(12), byteLength: view.getUint32(16) };
  }
  return { descriptionIndex: 1, ticks: 0, byteLength: 0 };
}
