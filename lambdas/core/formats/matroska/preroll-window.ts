import type { PrerollNeed } from './codec-stream.ts';

/** 1.5 s of one Opus frame of 2.5 ms a packet are 600; a power of two. */
const CAPACITY = 1024;

export type Preroll = { readonly packets: number; readonly samples: number };

/** The last packets that together are enough of a preroll for the next one, and no packet more. */
export class PrerollWindow {
  readonly #need: PrerollNeed;
  readonly #samples = new Float64Array(CAPACITY);
  readonly #units = new Float64Array(CAPACITY);
  readonly #firstFrameSamples = new Float64Array(CAPACITY);
  #first = 0;
  #end = 0;
  #heldSamples = 0;
  #heldUnits = 0;

  constructor(need: PrerollNeed) {
    this.#need = need;
  }

  /** For the packet that comes next: fewer at the beginning of the stream, where a decoder needs no more. */
  get preroll(): Preroll {
    const unheard = this.#need.firstFrameSilent ? (this.#firstFrameSamples[this.#first % CAPACITY] ?? 0) : 0;
    const packets = this.#end - this.#first;
    return { packets, samples: packets === 0 ? 0 : this.#heldSamples - unheard };
  }

  /** `firstFrameSamples`: what the packet's first frame yields, where another one precedes it. */
  push(packet: { samples: number; frames: number; firstFrameSamples: number }): void {
    const slot = this.#end++ % CAPACITY;
    const units = this.#need.unit === 'samples' ? packet.samples : packet.frames;
    this.#samples[slot] = packet.samples;
    this.#units[slot] = units;
    this.#firstFrameSamples[slot] = packet.firstFrameSamples;
    this.#heldSamples += packet.samples;
    this.#heldUnits += units;
    for (;;) {
      const first = this.#first % CAPACITY;
      const firstUnits = this.#units[first] ?? 0;
      const enoughWithout = this.#heldUnits - firstUnits >= this.#need.least;
      if (!enoughWithout && this.#end - this.#first < CAPACITY) return;
      this.#first++;
      this.#heldUnits -= firstUnits;
      this.#heldSamples -= this.#samples[first] ?? 0;
    }
  }
}
