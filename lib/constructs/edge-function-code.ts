import { readFileSync } from 'node:fs';

/** The line of edge-function.js that says of which origins pages may read. */
const ANY_ORIGIN = "const ALLOWED_ORIGINS = ['*'];";

/** The code that runs at the edge, for these origins; undefined: for any, which is the file as it is. */
export function edgeFunctionCode(allowedOrigins: readonly string[] | undefined): string {
  const code = readFileSync(new URL('./edge-function.js', import.meta.url), 'utf8');
  if (code.split(ANY_ORIGIN).length !== 2) throw new Error(`edge-function.js has not one line ${ANY_ORIGIN}`);
  if (allowedOrigins === undefined) return code;
  // A function, as `$` would mean something in a text. What origins consist of means nothing in a literal.
  return code.replace(ANY_ORIGIN, () => `const ALLOWED_ORIGINS = ${JSON.stringify(allowedOrigins)};`);
}
