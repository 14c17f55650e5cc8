/** What is kept of an analysis under way, so that another run goes on with it. */
import type { DecodeLosses } from '../core/decode/track-decode.ts';
import { Analyser } from '../core/dsp/analyser.ts';
import { FieldReader, FieldWriter } from '../core/dsp/byte-fields.ts';
import { CuepointError } from '../core/errors.ts';
import type { ObjectStore } from '../core/ports.ts';
import { type AnalysisName, readSavedAnalysis, saveAnalysis } from '../core/track/analysis-objects.ts';

const FORMAT = 2;

/** The most that a saved analyser takes, and then some. */
const MAX_STATE_BYTES = 1 << 26;
const MAX_CHUNKS = 2 ** 32;
const MAX_CHANNELS = 255;

export type SavedAnalysis = {
  readonly generation: number;
  /** Goes on with this chunk, whose samples have so many channels. */
  readonly nextChunk: number;
  readonly channels: number;
  /** Work that went into it so far. */
  readonly spentMs: number;
  /** Of all that was decoded so far. */
  readonly losses: DecodeLosses;
  readonly analyser: Analyser;
};

export async function storeSaved(media: ObjectStore, name: AnalysisName, saved: SavedAnalysis): Promise<void> {
  const state = saved.analyser.save();
  const fields = new FieldWriter().u8(FORMAT).f64(saved.generation).f64(saved.nextChunk).f64(saved.channels);
  fields.f64(saved.spentMs).f64(saved.losses.filledSamples).f64(saved.losses.strangeSamples);
  fields.f64(state.length).array(state);
  await saveAnalysis(media, name, fields.finish());
}

/** `undefined`: nothing was saved, or another version saved it. */
export async function loadSaved(media: ObjectStore, name: AnalysisName): Promise<SavedAnalysis | undefined> {
  const bytes = await readSavedAnalysis(media, name);
  if (bytes === undefined) return undefined;
  try {
    return readSaved(new FieldReader(bytes, 'saved analysis'), name);
  } catch (error) {
    if (error instanceof CuepointError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function readSaved(fields: FieldReader, { generation }: AnalysisName): SavedAnalysis | undefined {
  if (fields.u8() !== FORMAT || fields.f64() !== generation) return undefined;
  const nextChunk = fields.count(MAX_CHUNKS);
  const channels = fields.count(MAX_CHANNELS);
  const spentMs = fields.f64();
  const losses = {
    filledSamples: fields.count(Number.MAX_SAFE_INTEGER),
    strangeSamples: fields.count(Number.MAX_SAFE_INTEGER),
  };
  const state = new Uint8Array(fields.count(MAX_STATE_BYTES));
  fields.array(state);
  fields.end();
  return { generation, nextChunk, channels, spentMs, losses, analyser: Analyser.restore(state) };
}
