/**
 * A step of 100 ms in 13 bytes (468 kB an hour):
 *
 *     0   u16  loudness: K-weighted and by channel weights, no gate; see `loudnessWord`
 *     2   u8   level in each band of `BAND_STARTS_HZ`, mean of all channels; see `levelByte`
 */
import { BAND_COUNT, levelByte, levelOfByte, loudnessOfWord, loudnessWord } from './bands.ts';
import { powerDecibels } from './decibels.ts';
import { lufsOfPower } from './loudness-histogram.ts';

export const STEP_BYTES = 2 + BAND_COUNT;

export type Step = {
  /** LUFS of this step alone; `null` below -120. */
  readonly loudnessLufs: number | null;
  /** dB, a mean square of 1 being 0; `null` below -120. */
  readonly bandsDb: readonly (number | null)[];
};

/** `power`: weighted sum of K-weighted mean squares. `bands`: mean square in each. */
export function writeStep(view: DataView, offset: number, power: number, bands: Float64Array): void {
  view.setUint16(offset, loudnessWord(power > 0 ? lufsOfPower(power) : null), true);
  for (let band = 0; band < BAND_COUNT; band++) {
    view.setUint8(offset + 2 + band, levelByte(powerDecibels(bands[band] ?? 0)));
  }
}

/** The steps in bytes of the series `steps`; throws RangeError when these are not whole steps. */
export function readSteps(bytes: Uint8Array): Step[] {
  if (bytes.length % STEP_BYTES !== 0) {
    throw new RangeError(`${bytes.length} bytes are not whole steps of ${STEP_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / STEP_BYTES }, (_, step) => {
    const offset = step * STEP_BYTES;
    return {
      loudnessLufs: loudnessOfWord(view.getUint16(offset, true)),
      bandsDb: Array.from({ length: BAND_COUNT }, (_, band) => levelOfByte(view.getUint8(offset + 2 + band))),
    };
  });
}
