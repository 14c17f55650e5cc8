/** The bands in which energies are kept, and how levels become bytes. */

/**
 * Where each band begins, in Hz; it ends where the next one does, the last at half the sample rate. 200, 800, 3000 and
 * 8000 Hz part what equalisers treat apart; between these: rumble, hum and lowest notes, body, mud, voice, presence,
 * sibilance, brilliance, air.
 */
export const BAND_STARTS_HZ = [0, 50, 100, 200, 400, 800, 1500, 3000, 5000, 8000, 12_000] as const;
export const BAND_COUNT = BAND_STARTS_HZ.length;

/** A level in one byte: 0 is silence, v is (v - 241) / 2 dB: -120 to +7 dB in steps of half a decibel. */
const BYTE_AT_0_DB = 241;
const BYTES_PER_DB = 2;

/** `null` is silence. */
export function levelByte(level: number | null): number {
  if (level === null) return 0;
  return Math.max(0, Math.min(255, Math.round(level * BYTES_PER_DB) + BYTE_AT_0_DB));
}

export function levelOfByte(byte: number): number | null {
  return byte === 0 ? null : (byte - BYTE_AT_0_DB) / BYTES_PER_DB;
}

/** A loudness in two bytes: 0 is silence, v is v / 100 - 120 LUFS: -119.99 to +535 in steps of 0.01. */
const LOUDNESS_AT_0_LUFS = 12_000;
const STEPS_PER_LU = 100;

export function loudnessWord(lufs: number | null): number {
  if (lufs === null) return 0;
  return Math.max(0, Math.min(65_535, Math.round(lufs * STEPS_PER_LU) + LOUDNESS_AT_0_LUFS));
}

export function loudnessOfWord(word: number): number | null {
  return word === 0 ? null : (word - LOUDNESS_AT_0_LUFS) / STEPS_PER_LU;
}

/**
 * Third-octave bands, n = -17 (20 Hz) to at most 19 (79.4 kHz): as many as begin below half the sample rate.
 * Spec: IEC 61260-1, base 10: the middle is 1000 · 10^(n / 10) Hz, the edges a twentieth of a decade to either side.
 */
export const FIRST_THIRD_OCTAVE = -17;
const LAST_THIRD_OCTAVE = 19;
const HALF_BAND = 10 ** (1 / 20);

export function thirdOctaveMiddleHz(n: number): number {
  return 1000 * 10 ** (n / 10);
}

/** Where each third octave begins, and where the last ends. */
export function thirdOctaveEdgesHz(sampleRate: number): number[] {
  const edges: number[] = [];
  for (let n = FIRST_THIRD_OCTAVE; n <= LAST_THIRD_OCTAVE; n++) {
    const start = thirdOctaveMiddleHz(n) / HALF_BAND;
    if (start >= sampleRate / 2) break;
    edges.push(start);
    if (n === LAST_THIRD_OCTAVE) edges.push(thirdOctaveMiddleHz(n) * HALF_BAND);
  }
  if (edges.length <= LAST_THIRD_OCTAVE - FIRST_THIRD_OCTAVE + 1) edges.push(sampleRate / 2);
  return edges;
}

/**
 * Shares of spectrum lines that lie in bands: line k stands for k - 1/2 to k + 1/2 line widths, and what a band's edge
 * cuts belongs to both in proportion.
 */
export class BandFilter {
  readonly #firstLine: Int32Array;
  readonly #lastLine: Int32Array;
  readonly #firstShare: Float64Array;
  readonly #lastShare: Float64Array;

  /** `edgesHz`: where each band begins, and where the last ends. `lines` lines, `lineHz` apart, the first at 0 Hz. */
  constructor(edgesHz: readonly number[], lineHz: number, lines: number) {
    const bands = Math.max(0, edgesHz.length - 1);
    this.#firstLine = new Int32Array(bands);
    this.#lastLine = new Int32Array(bands);
    this.#firstShare = new Float64Array(bands);
    this.#lastShare = new Float64Array(bands);
    const position = (hertz: number) => (hertz <= 0 ? 0 : Math.min(lines, hertz / lineHz + 0.5));
    for (let band = 0; band < bands; band++) {
      const start = position(edgesHz[band] ?? 0);
      const end = position(edgesHz[band + 1] ?? 0);
      const first = Math.min(lines - 1, Math.floor(start));
      const last = Math.min(lines - 1, Math.floor(end));
      this.#firstLine[band] = first;
      this.#lastLine[band] = last;
      this.#firstShare[band] = first === last ? end - start : first + 1 - start;
      this.#lastShare[band] = first === last ? 0 : end - last;
    }
  }

  /** Adds the power of each band to `sums`. */
  add(power: Float64Array, sums: Float64Array): void {
    for (let band = 0; band < sums.length; band++) {
      const first = this.#firstLine[band] ?? 0;
      const last = this.#lastLine[band] ?? 0;
      let sum = (power[first] ?? 0) * (this.#firstShare[band] ?? 0) + (power[last] ?? 0) * (this.#lastShare[band] ?? 0);
      for (let line = first + 1; line < last; line++) sum += power[line] ?? 0;
      sums[band] = (sums[band] ?? 0) + sum;
    }
  }
}
