/** Characters. No address of ours has as many. */
const MAX_REPEATED = 1024;

/** A path or query as far as it is repeated, to the client or in the log: never cut inside of an escape. */
export function repeatedText(text: string): string {
  return text.length <= MAX_REPEATED ? text : text.slice(0, MAX_REPEATED).replace(/%[0-9a-f]?$/i, '');
}
