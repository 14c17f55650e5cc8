/** Levels: 0 dB is a mean square of 1 (a square wave at full scale; a sine at full scale has -3.01 dB). */

/** `null` for no power at all, which has no level. */
export function powerDecibels(meanSquare: number): number | null {
  return meanSquare > 0 ? 10 * Math.log10(meanSquare) : null;
}

/** `null` for an amplitude of 0. */
export function amplitudeDecibels(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

export function amplitudeOf(decibels: number): number {
  return 10 ** (decibels / 20);
}
