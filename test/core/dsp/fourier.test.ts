import { join } from 'node:path';
import fc from 'fast-check';
import { base64ToBytes } from '../../../lambdas/core/base64.ts';
import { PowerSpectrum } from '../../../lambdas/core/dsp/fourier.ts';
import { Kernels } from '../../../lambdas/core/dsp/kernels.ts';
import { KERNELS_WASM } from '../../../lambdas/core/dsp/kernels.wasm.ts';
import { assemble } from '../../support/wasm-source.ts';
import { noiseFloats } from './signals.ts';

/** By the definition, in doubles: |Z[k]|² + |Z[n-k]|². */
function powersOf(re: Float32Array, im: Float32Array): Float64Array {
  const length = re.length;
  const powers = new Float64Array(length / 2 + 1);
  for (let k = 0; k < length; k++) {
    let a = 0;
    let b = 0;
    for (let i = 0; i < length; i++) {
      const angle = (-2 * Math.PI * ((k * i) % length)) / length;
      a += (re[i] ?? 0) * Math.cos(angle) - (im[i] ?? 0) * Math.sin(angle);
      b += (re[i] ?? 0) * Math.sin(angle) + (im[i] ?? 0) * Math.cos(angle);
    }
    const at = Math.min(k, length - k);
    powers[at] = (powers[at] ?? 0) + a * a + b * b;
  }
  return powers;
}

const spectrumOf = (length: number): PowerSpectrum =>
  new PowerSpectrum(new Kernels(PowerSpectrum.byteLength(length)), length);

it('the kernels are what their text says', async () => {
  const text = join(import.meta.dirname, '../../../lambdas/core/dsp/kernels.wat');
  expect(base64ToBytes(KERNELS_WASM)).toEqual(await assemble(text));
});

// Powers of 4, and twice such.
it.each([16, 32, 64, 128, 256, 512])('is the Fourier transform of %d values', (length) => {
  const spectrum = spectrumOf(length);
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (a, b) => {
      const re = noiseFloats(length, 1, a);
      const im = noiseFloats(length, 1, b);
      const expected = powersOf(re, im);
      spectrum.re.set(re);
      spectrum.im.set(im);
      spectrum.add();
      const power = new Float64Array(length / 2 + 1);
      spectrum.take(power, 1);
      for (const [k, value] of power.entries())
        expect(Math.abs(value - (expected[k] ?? 0))).toBeLessThan(1e-5 * length);
    }),
    { numRuns: 10 },
  );
});

it('adds up what it is given until that is taken', () => {
  const spectrum = spectrumOf(64);
  const power = new Float64Array(33);
  const tone = Float32Array.from({ length: 64 }, (_, i) => Math.cos((2 * Math.PI * 5 * i) / 64));
  for (let times = 0; times < 3; times++) {
    spectrum.re.set(tone);
    spectrum.im.fill(0);
    spectrum.add();
  }
  spectrum.take(power, 0.5);
  // Three times the energy of 32 · 64, half of it.
  expect(power[5]).toBeCloseTo(3072, 2);
  expect(power.reduce((sum, value) => sum + value)).toBeCloseTo(3072, 2);
  spectrum.take(power, 1);
  expect(Math.max(...power)).toBe(0);
});

it('transforms long signals, too: a tone is where it belongs', () => {
  for (const length of [4096, 8192, 16_384]) {
    const spectrum = spectrumOf(length);
    for (let i = 0; i < length; i++) spectrum.im[i] = Math.sin((2 * Math.PI * 1234 * i) / length);
    spectrum.re.fill(0);
    spectrum.add();
    const power = new Float64Array(length / 2 + 1);
    spectrum.take(power, 1 / length);
    expect(power[1234]).toBeCloseTo(length / 2, 1);
    power[1234] = 0;
    expect(Math.max(...power)).toBeLessThan(1e-6);
  }
});
