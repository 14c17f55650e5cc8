/**
 * An analysis as bytes: about half a kilobyte. Little-endian; `f64?` is NaN where there is nothing.
 *
 *     u8    format (2; 1 has no samples that were not decoded)
 *     f64   sample rate, total samples, samples that were unusable
 *     f64?  samples that were not decoded
 *     f64?  integrated loudness, range, greatest momentary and short-term loudness
 *     u8    why there is no integrated loudness (an index of `UNMEASURED`)
 *     f64   silence threshold (dB), shortest silence (ms)
 *     f64   channels; of each: u8 speaker (an index of `SPEAKERS`), f64? sample peak, f64? true peak
 *     f64   third octaves, from 20 Hz up; of each: f64? level
 *     f64   waveform levels; of each: f64 samples per pixel
 *     f64   series; of each: u8 name (an index of `SERIES`), f64 records, f64 bytes of a record
 *
 * The series themselves are objects of their own, by piece.
 */
import type { Analysis, ChannelAnalysis, StoredSeries } from './analysis.ts';
import { FieldReader, FieldWriter } from './byte-fields.ts';
import type { Loudness, UnmeasuredLoudness } from './loudness-meter.ts';
import type { SeriesName } from './series.ts';
import { MAX_CHANNELS, SPEAKERS } from './speakers.ts';

/** Raised whenever the bytes, or those of a series, would mean something else. */
export const ANALYSIS_FORMAT = 2;
/** Of records that are read and not written any more. */
const FORMAT_WITHOUT_UNDECODED = 1;

const UNMEASURED: readonly (UnmeasuredLoudness | null)[] = [null, 'too_short', 'below_gate'];
const SERIES: readonly SeriesName[] = ['steps', 'silences', 'waveform-0', 'waveform-1', 'waveform-2'];
const MOST_BANDS = 64;
const MOST_LEVELS = 16;

export function encodeAnalysis(analysis: Analysis): Uint8Array {
  const { loudness, silences, channels, spectrumDb, waveformSamplesPerPixel, series } = analysis;
  const fields = new FieldWriter().u8(ANALYSIS_FORMAT);
  fields.f64(analysis.sampleRate).f64(analysis.totalSamples).f64(analysis.unusableSamples);
  fields.optional(analysis.undecodedSamples);
  fields.optional(loudness.integratedLufs).optional(loudness.rangeLu);
  fields.optional(loudness.maxMomentaryLufs).optional(loudness.maxShortTermLufs);
  fields.u8(UNMEASURED.indexOf(loudness.unmeasured));
  fields.f64(silences.thresholdDb).f64(silences.minimumMs);
  fields.f64(channels.length);
  for (const { speaker, samplePeakDb, truePeakDb } of channels) {
    fields.u8(SPEAKERS.indexOf(speaker)).optional(samplePeakDb).optional(truePeakDb);
  }
  fields.f64(spectrumDb.length);
  for (const level of spectrumDb) fields.optional(level);
  fields.f64(waveformSamplesPerPixel.length);
  for (const samplesPerPixel of waveformSamplesPerPixel) fields.f64(samplesPerPixel);
  fields.f64(series.length);
  for (const { name, records, recordBytes } of series) fields.u8(SERIES.indexOf(name)).f64(records).f64(recordBytes);
  return fields.finish();
}

/** Throws `internal` when the bytes are no analysis of a format this version reads. */
export function decodeAnalysis(bytes: Uint8Array): Analysis {
  const fields = new FieldReader(bytes, 'analysis record');
  const format = fields.u8();
  if (format !== ANALYSIS_FORMAT && format !== FORMAT_WITHOUT_UNDECODED) {
    throw fields.damaged(`its format is ${format}, not ${ANALYSIS_FORMAT}`);
  }
  const analysis: Analysis = {
    sampleRate: fields.f64(),
    totalSamples: fields.f64(),
    unusableSamples: fields.f64(),
    undecodedSamples: format === ANALYSIS_FORMAT ? fields.optional() : null,
    loudness: readLoudness(fields),
    silences: { thresholdDb: fields.f64(), minimumMs: fields.f64() },
    channels: readList(fields, MAX_CHANNELS, readChannel),
    spectrumDb: readList(fields, MOST_BANDS, () => fields.optional()),
    waveformSamplesPerPixel: readList(fields, MOST_LEVELS, () => fields.f64()),
    series: readList(fields, SERIES.length, readSeries),
  };
  fields.end();
  return analysis;
}

function readLoudness(fields: FieldReader): Loudness {
  const [integratedLufs, rangeLu, maxMomentaryLufs, maxShortTermLufs] = [
    fields.optional(),
    fields.optional(),
    fields.optional(),
    fields.optional(),
  ];
  return {
    integratedLufs,
    rangeLu,
    maxMomentaryLufs,
    maxShortTermLufs,
    unmeasured: readName(fields, UNMEASURED),
  };
}

function readChannel(fields: FieldReader): ChannelAnalysis {
  return { speaker: readName(fields, SPEAKERS), samplePeakDb: fields.optional(), truePeakDb: fields.optional() };
}

function readSeries(fields: FieldReader): StoredSeries {
  return { name: readName(fields, SERIES), records: fields.f64(), recordBytes: fields.f64() };
}

function readList<Item>(fields: FieldReader, most: number, read: (fields: FieldReader) => Item): Item[] {
  return Array.from({ length: fields.count(most) }, () => read(fields));
}

function readName<Name>(fields: FieldReader, names: readonly Name[]): Name {
  const index = fields.u8();
  const name = names[index];
  if (name === undefined) throw fields.damaged(`${index} names nothing, ${names.length} names are known`);
  return name;
}
