import { type Biquad, kWeighting } from '../../../lambdas/core/dsp/k-weighting.ts';

/** |H| in dB. */
function response({ b0, b1, b2, a1, a2 }: Biquad, hertz: number, sampleRate: number): number {
  const w = (2 * Math.PI * hertz) / sampleRate;
  const of = (c0: number, c1: number, c2: number): number =>
    Math.hypot(c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w), c1 * Math.sin(w) + c2 * Math.sin(2 * w));
  return 20 * Math.log10(of(b0, b1, b2) / of(1, a1, a2));
}

it('at 48 kHz it is what the standard prints (BS.1770-4, tables 1 and 2)', () => {
  const { shelf, highPass } = kWeighting(48_000);
  const printed = {
    shelf: {
      b0: 1.53512485958697,
      b1: -2.69169618940638,
      b2: 1.19839281085285,
      a1: -1.69065929318241,
      a2: 0.73248077421585,
    },
    highPass: { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 },
  };
  for (const [name, value] of Object.entries(printed.shelf)) expect(shelf[name as keyof Biquad]).toBeCloseTo(value, 9);
  for (const [name, value] of Object.entries(printed.highPass)) {
    expect(highPass[name as keyof Biquad]).toBeCloseTo(value, 9);
  }
});

it.each([16_000, 22_050, 44_100, 96_000, 192_000])('at %d Hz it answers voices as at 48 kHz', (sampleRate) => {
  for (const hertz of [25, 50, 100, 500, 1000, 2000]) {
    const of = (rate: number): number => {
      const { shelf, highPass } = kWeighting(rate);
      return response(shelf, hertz, rate) + response(highPass, hertz, rate);
    };
    expect(Math.abs(of(sampleRate) - of(48_000))).toBeLessThan(0.3);
  }
});
