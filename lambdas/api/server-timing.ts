/** Server Timing (W3C): until the track was found, and from there until the first bytes were read. Milliseconds. */

/** Times by `performance.now()`. */
export function serverTiming(startedAtMs: number, foundAtMs: number | undefined): string {
  const now = performance.now();
  const total = `total;dur=${(now - startedAtMs).toFixed(2)}`;
  if (foundAtMs === undefined) return total;
  return `index;dur=${(foundAtMs - startedAtMs).toFixed(2)}, storage;dur=${(now - foundAtMs).toFixed(2)}, ${total}`;
}

/** Finds what is asked for, answers from it, and says in the answer how long each took. */
export async function timed<Found>(
  find: () => Promise<Found>,
  answer: (found: Found) => Promise<Response>,
): Promise<Response> {
  const startedAtMs = performance.now();
  const found = await find();
  const foundAtMs = performance.now();
  const response = await answer(found);
  response.headers.set('Server-Timing', serverTiming(startedAtMs, foundAtMs));
  return response;
}
