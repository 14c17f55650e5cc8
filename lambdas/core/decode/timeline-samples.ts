import type { DecodedAudio } from '../ports.ts';

/** Samples [startSample, endSample) of `interleaved`, which come next on the timeline. */
export type TimelinePiece = {
  readonly interleaved: Float32Array | Int32Array;
  readonly channels: number;
  readonly startSample: number;
  readonly endSample: number;
};

/** Hears of each piece, in order. The samples are not to be kept. */
export type PieceListener = (piece: TimelinePiece) => void;

export type TimelineOptions = {
  /** As many as the first samples have; this many if silence comes before these. */
  readonly usualChannels: number;
  /** Those of a part that came before. */
  readonly channels?: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Decoded samples of the timeline: [startSample, endSample). */
  readonly startSample: number;
  readonly endSample: number;
  /** The decoded sample that the decoder puts out first. */
  readonly position: number;
};

/** Silence where nothing could be decoded, so many samples at once. */
const FILL_SAMPLES = 4096;

/**
 * Lays what a decoder puts out on the timeline: leaves out what lies before and behind it, and fills with silence what
 * could not be decoded, so that what follows keeps its place.
 */
export class TimelineSamples {
  readonly #options: TimelineOptions;
  readonly #listener: PieceListener;
  #channels: number | undefined;
  #position: number;
  /** Before this nothing is heard: lead-in, preroll, or what another init has put out already. */
  #floor: number;

  #filledSamples = 0;
  #strangeSamples = 0;
  #strangeFrames = 0;

  constructor(options: TimelineOptions, listener: PieceListener) {
    this.#options = options;
    this.#listener = listener;
    this.#channels = options.channels;
    this.#position = options.position;
    this.#floor = options.startSample;
  }

  /** Samples that were filled in, and those that came out in another shape than the track's and were left out. */
  get losses(): { readonly filledSamples: number; readonly strangeSamples: number } {
    return { filledSamples: this.#filledSamples, strangeSamples: this.#strangeSamples };
  }

  /** How often something came out in another shape, preroll included. */
  get strangeFrames(): number {
    return this.#strangeFrames;
  }

  /** The decoded sample that comes next. */
  get position(): number {
    return this.#position;
  }

  /** True once the timeline is complete. */
  get isComplete(): boolean {
    return this.#position >= this.#options.endSample;
  }

  /** `limit`: decoded samples from there on are padding. */
  take(decoded: readonly DecodedAudio[], limit = Number.POSITIVE_INFINITY): void {
    for (const audio of decoded) {
      const isStrange = audio.sampleRate !== this.#options.sampleRate;
      if (!isStrange) this.#channels ??= audio.channels;
      if (isStrange || audio.channels !== this.#channels) {
        this.#strangeFrames++;
        if (this.#position >= this.#floor) this.#strangeSamples += audio.samples;
        continue;
      }
      const endsAt = Math.min(this.#position + audio.samples, limit);
      this.#emit(() => audio.interleaved(), this.#position, endsAt);
      this.#position = Math.max(this.#position, endsAt);
    }
  }

  /** What was to come out up to `endSample` and did not is silence. */
  fillTo(endSample: number): void {
    const wanted = Math.min(endSample, this.#options.endSample);
    if (this.#position < wanted) this.#channels ??= this.#options.usualChannels;
    const channels = this.#channels ?? 0;
    while (this.#position < wanted) {
      const count = Math.min(FILL_SAMPLES, wanted - this.#position);
      this.#filledSamples += Math.max(0, this.#position + count - Math.max(this.#position, this.#floor));
      this.#emit(() => new Float32Array(count * channels), this.#position, this.#position + count);
      this.#position += count;
    }
  }

  /** Another decoder begins: its first `extraSamples` are no part of the timeline, the next one is `startSample`. */
  begin(startSample: number, extraSamples: number): void {
    this.#floor = Math.max(this.#floor, startSample);
    this.#position = startSample - extraSamples;
  }

  #emit(samples: () => Float32Array | Int32Array, from: number, to: number): void {
    const start = Math.max(from, this.#floor);
    const end = Math.min(to, this.#options.endSample);
    if (end <= start) return;
    const channels = this.#channels ?? 0;
    this.#listener({ interleaved: samples(), channels, startSample: start - from, endSample: end - from });
  }
}
