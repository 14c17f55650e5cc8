import type { Decoder, DecoderConfig } from '../../ports.ts';
import { COMPARED_OBJECTS, type Output, outputOf, type Stretch } from './stretch.ts';

export type Preroll = {
  /** Stretches immediately before. */
  readonly stretches: number;
  /** What a fresh decoder puts out for them. */
  readonly samples: number;
  /** Behind them it decodes as in a decode of the whole. */
  readonly exact: boolean;
};

/** How far back a preroll may begin: of the places in the table of noise that a start can have, most turn up by then. */
const MAX_STRETCHES = 32;

/** Objects that may be decoded in search of prerolls: so many, and for each that the file holds so many. */
const PROBED_ALLOWANCE_OBJECTS = 4000;
const PROBED_SHARE = 8;

/** Samples after which FFmpeg's table of noise begins anew, all channels counted. */
const NOISE_PERIOD = 8192;

/** What must be kept: the stretch to be entered, and those before it. */
export const HISTORY_STRETCHES = MAX_STRETCHES + 1;

/**
 * Finds how much a decoder must be fed before a stretch by trying it: a fresh decoder is fed the stretches before, and
 * what it then puts out must be what the decode of the whole put out.
 *
 * What Windows Media Audio carries over is the overlap of frames, the rest of a frame in the packet before (bit
 * reservoir), in Lossless adaptive filters, and at low bitrates the place in a table of noise, which moves on with
 * every sample: there only starts that lie a multiple of the table behind each other are exact, and `#phase` remembers
 * which. No header tells any of this, a decoder does.
 */
export class PrerollProbe {
  readonly #decoder: Decoder;
  readonly #config: DecoderConfig;
  #phase: number | undefined;
  #probedObjects = 0;
  #decodedObjects = 0;

  constructor(decoder: Decoder, config: DecoderConfig) {
    this.#decoder = decoder;
    this.#config = config;
  }

  /** `history`: the last stretches, without gaps; the last one is the one to be entered. */
  async find(history: readonly Stretch[]): Promise<Preroll> {
    const target = history.length - 1;
    this.#decodedObjects += history[target]?.objects.length ?? 0;
    if (target < 1) return { stretches: 0, samples: 0, exact: true };
    let fallback: Preroll | undefined;
    for (const start of this.#isSpent ? [target - 1] : this.#starts(history)) {
      if (fallback !== undefined && this.#isSpent) break;
      const preroll = await this.#probe(history, start);
      if (preroll.exact) {
        const isLearned = fallback !== undefined || this.#phase !== undefined;
        if (isLearned && !this.#isBeginning(history[start])) this.#phase = this.#phaseOf(history[start]);
        return preroll;
      }
      if (fallback === undefined || preroll.stretches < fallback.stretches) fallback = preroll;
    }
    return fallback ?? { stretches: 0, samples: 0, exact: false };
  }

  get #isSpent(): boolean {
    return this.#probedObjects > PROBED_ALLOWANCE_OBJECTS + PROBED_SHARE * this.#decodedObjects;
  }

  /**
   * The stretches to begin at, nearest first. Once the phase was seen to matter, those of the last good one come before
   * all others; until then that of a decoder which puts out all that it is fed is the best guess if the nearest should not
   * do. The beginning of the file tells no phase: from there any decoder is exact.
   */
  #starts(history: readonly Stretch[]): number[] {
    const starts: number[] = [];
    for (let start = history.length - 2; start >= 0; start--) starts.push(start);
    const phase = this.#phase ?? 0;
    const first = this.#phase === undefined ? starts.slice(0, 1) : [];
    const rest = starts.slice(first.length);
    const inPhase = (start: number): boolean =>
      this.#phaseOf(history[start]) === phase && !this.#isBeginning(history[start]);
    return [...first, ...rest.filter(inPhase), ...rest.filter((start) => !inPhase(start))];
  }

  #isBeginning(stretch: Stretch | undefined): boolean {
    return stretch?.startSample === 0;
  }

  /** Where in the table of noise the decode of the whole is, at the first object that a decoder fed from here gets. */
  #phaseOf(stretch: Stretch | undefined): number {
    const samples = (stretch?.startSample ?? 0) + (stretch?.spilledSamples ?? 0);
    return (samples * this.#config.channels) % NOISE_PERIOD;
  }

  async #probe(history: readonly Stretch[], start: number): Promise<Preroll> {
    const startByte = history[start]?.startByte ?? 0;
    const target = history[history.length - 1];
    const fresh = await this.#decoder.open(this.#config);
    try {
      let samples = 0;
      for (const stretch of history.slice(start, -1)) {
        for (const object of stretch.objects) {
          // A demuxer that starts here does not see the beginning of this one.
          if (object.startPacketByte < startByte) continue;
          this.#probedObjects++;
          samples += (await outputOf(fresh, object, false)).samples;
        }
      }
      const outputs: Output[] = [];
      for (const object of target?.objects.slice(0, COMPARED_OBJECTS) ?? []) {
        this.#probedObjects++;
        outputs.push(await outputOf(fresh, object, true));
      }
      return { stretches: history.length - 1 - start, samples, exact: isSame(outputs, target?.outputs ?? []) };
    } finally {
      fresh.close();
    }
  }
}

function isSame(outputs: readonly Output[], expected: readonly Output[]): boolean {
  return expected.every(({ samples, fingerprint }, i) => {
    return outputs[i]?.samples === samples && outputs[i]?.fingerprint === fingerprint;
  });
}
