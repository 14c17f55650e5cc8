/** From what a file says about its audible part to the timeline: see docs/formats.md for the order of belief. */
import type { GaplessTag } from './gapless-tag.ts';
import type { Movie } from './movie.ts';

export type ScannedPackets = {
  readonly decodedSamples: number;
  /** What the last packets decode to beyond their durations. */
  readonly paddingSamples: number;
  /** Nothing is missing at the end. */
  readonly whole: boolean;
  /** As many samples as the tables promise, whether or not they are there. */
  readonly statedSamples: number;
  /** Time of the first packet, on the track's clock. */
  readonly firstTicks: number;
};

export type Timeline = {
  readonly leadInSamples: number;
  readonly totalSamples: number;
  /** What had to be assumed: `untrimmed` (the file says nothing), `first-edit` (it plays several stretches). */
  readonly assumption: 'untrimmed' | 'first-edit' | undefined;
  /** There is a tag, but it is of other audio. */
  readonly tagIgnored: boolean;
};

/** Four packets of HE AAC; when durations leave out more, they do not speak of padding. */
const MAX_PADDING_SAMPLES = 8192;

export function timelineOf(movie: Movie, packets: ScannedPackets): Timeline {
  const { codec } = movie.track.description;
  const tag =
    codec.codec === 'aac' && movie.gaplessTag !== undefined ? scaledTag(movie.gaplessTag, movie, packets) : null;
  if (tag !== null && tag.delaySamples + tag.totalSamples <= packets.statedSamples) {
    const leadInSamples = Math.min(tag.delaySamples, packets.decodedSamples);
    const totalSamples = Math.min(tag.totalSamples, packets.decodedSamples - leadInSamples);
    return { leadInSamples, totalSamples, assumption: undefined, tagIgnored: false };
  }
  return { ...editedTimeline(movie, packets), tagIgnored: tag !== null };
}

/** Some encoders of HE AAC count in samples of the core: then delay, total and padding add up to half of the packets. */
function scaledTag(tag: GaplessTag, { track }: Movie, { statedSamples }: ScannedPackets): GaplessTag {
  const { packetLength } = track.description.codec;
  const replicated = packetLength.kind === 'fixed' && packetLength.samples > 1024;
  const sum = tag.delaySamples + tag.totalSamples + tag.paddingSamples;
  const halved = replicated && Math.abs(2 * sum - statedSamples) < Math.abs(sum - statedSamples);
  if (!halved) return tag;
  return {
    delaySamples: tag.delaySamples * 2,
    paddingSamples: tag.paddingSamples * 2,
    totalSamples: tag.totalSamples * 2,
  };
}

function editedTimeline(movie: Movie, packets: ScannedPackets): Omit<Timeline, 'tagIgnored'> {
  const { track, timescale: movieTimescale } = movie;
  const { codec, sampleRate, preSkipSamples } = track.description.codec;
  const padding = Math.round(packets.paddingSamples);
  const padded = packets.whole && padding <= MAX_PADDING_SAMPLES;
  let endSample = packets.decodedSamples - (padded ? padding : 0);

  const { edit } = track;
  const startSample = edit && ((edit.startTicks - packets.firstTicks) * sampleRate) / track.timescale;
  // An edit behind the end is of other audio, unless what it plays is what is cut off.
  const fits = startSample !== undefined && (startSample < endSample || !packets.whole);
  if (edit === undefined || startSample === undefined || !fits) {
    const leadInSamples = Math.min(preSkipSamples, endSample);
    const assumption = codec === 'aac' ? 'untrimmed' : undefined;
    return { leadInSamples, totalSamples: endSample - leadInSamples, assumption };
  }
  if (edit.stretches === 1 && edit.movieTicks !== undefined && movieTimescale > 0) {
    // The edit's length is rounded to a tick of the movie's clock, often a millisecond: it is believed where it says
    // less than the packets by a tick or more.
    const tickSamples = sampleRate / movieTimescale;
    const editEndSample = Math.round(startSample + edit.movieTicks * tickSamples);
    if (editEndSample <= endSample - tickSamples) endSample = Math.max(0, editEndSample);
  }
  const trimmed = edit.startTicks === 0 ? preSkipSamples : Math.max(0, Math.round(startSample));
  const leadInSamples = Math.min(trimmed, endSample);
  const assumption = edit.stretches > 1 ? 'first-edit' : undefined;
  return { leadInSamples, totalSamples: endSample - leadInSamples, assumption };
}
