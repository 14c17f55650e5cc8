/**
 * Steps of 100 ms: step k covers samples [floor(k · rate / 10), floor((k + 1) · rate / 10)), so that no rate drifts; the
 * last step of a track may be shorter.
 */
export const STEPS_PER_SECOND = 10;

export function stepStart(step: number, sampleRate: number): number {
  return Math.floor((step * sampleRate) / STEPS_PER_SECOND);
}

/** How many steps so many samples make, the last one perhaps not whole. */
export function stepCount(samples: number, sampleRate: number): number {
  let steps = Math.floor((samples * STEPS_PER_SECOND) / sampleRate);
  while (stepStart(steps, sampleRate) < samples) steps++;
  return steps;
}
