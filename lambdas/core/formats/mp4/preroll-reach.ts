import type { TrackCodec } from './track-codec.ts';

/** More packets than a preroll can reach back: 1.5 s of 2.5 ms packets are 600. */
const HISTORY_PACKETS = 1024;

/** How many packets before each one a decoder must be fed. */
export class PrerollReach {
  readonly #need: TrackCodec['preroll'];
  readonly #history = new Float64Array(HISTORY_PACKETS);
  #packets = 0;
  /** The packets from this one on are the fewest that hold as many samples as are needed. */
  #first = 0;
  #samples = 0;

  constructor(need: TrackCodec['preroll']) {
    this.#need = need;
  }

  /** For the next packet, which decodes to `samples`. */
  next(samples: number): number {
    const index = this.#packets++;
    if ('packets' in this.#need) return Math.min(index, this.#need.packets);
    const reach = index - this.#first;
    this.#history[index % HISTORY_PACKETS] = samples;
    this.#samples += samples;
    for (;;) {
      const oldest = this.#history[this.#first % HISTORY_PACKETS] ?? 0;
      const tooLong = this.#packets - this.#first >= HISTORY_PACKETS;
      if (!tooLong && (this.#samples - oldest < this.#need.samples || this.#first === index)) break;
      this.#samples -= oldest;
      this.#first++;
    }
    return reach;
  }
}
