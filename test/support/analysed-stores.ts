/** Embedded stores on which tracks are ingested and analysed, step by step, as the host does it. */
import { analyseTrack } from '../../lambdas/analyse/analyse-track.ts';
import type { AnalyseConfig, AnalyseContext } from '../../lambdas/analyse/ports.ts';
import { wavHeader } from '../../lambdas/core/formats/wav/wav-header.ts';
import { type IngestOutcome, ingestSource } from '../../lambdas/ingest/ingest-source.ts';
import type { AnalysisRequest, IngestContext } from '../../lambdas/ingest/ports.ts';
import { eventFor } from '../../lambdas/ingest/reconcile.ts';
import type { EmbeddedStores } from '../../server/embedded-stores.ts';

export const PATIENT: AnalyseConfig = { maxAnalysisMs: 3_600_000, saveIntervalMs: 3_600_000 };

/** What is to be heard in a file: noise, or nothing, for so long. */
export type Passage = { readonly seconds: number; readonly isSilent?: boolean };

const RATE = 8000;

/** A stereo WAV at 8 kHz: passages of noise and of digital silence. */
export function wavOf(passages: readonly Passage[], seed = 1): Uint8Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 16) - 32_768;
  };
  const samples = passages.flatMap(({ seconds, isSilent }) =>
    Array.from({ length: Math.round(seconds * RATE) * 2 }, () => (isSilent ? 0 : next() >> 1)),
  );
  const data = Buffer.from(Int16Array.from(samples).buffer);
  const format = { sampleRate: RATE, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 };
  return Buffer.concat([wavHeader(format, data.length), data]);
}

/** The 16-bit samples of a file that `wavOf` made, interleaved. */
export function samplesOf(wav: Uint8Array): Int16Array {
  const { length } = wavHeader({ sampleRate: RATE, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 }, 0);
  // A copy: views of files do not begin on a multiple of two bytes.
  return new Int16Array(Uint8Array.from(wav.subarray(length)).buffer);
}

export class AnalysedStores {
  readonly stores: EmbeddedStores;
  /** What was asked for and not done yet. */
  readonly requests: AnalysisRequest[] = [];
  readonly #config: AnalyseConfig;

  constructor(stores: EmbeddedStores, config: AnalyseConfig = PATIENT) {
    this.stores = stores;
    this.#config = config;
  }

  get ingestContext(): IngestContext {
    return { ...this.stores, analyse: async (request) => void this.requests.push(request) };
  }

  context(changes: Partial<AnalyseContext> = {}): AnalyseContext {
    return {
      ...this.stores,
      analyse: this.#config,
      rechunk: async (event) => void (await ingestSource(this.ingestContext, event)),
      ...changes,
    };
  }

  async ingest(key: string): Promise<IngestOutcome> {
    return ingestSource(this.ingestContext, await eventFor(this.stores, key));
  }

  /** Does all that was asked for, and what follows from that; how often there was something. */
  async analyseAll(changes: Partial<AnalyseContext> = {}): Promise<string[]> {
    const outcomes: string[] = [];
    for (let request = this.requests.shift(); request !== undefined; request = this.requests.shift()) {
      outcomes.push((await analyseTrack(this.context(changes), request)).outcome);
    }
    return outcomes;
  }
}
