import { failureOf, type ProblemOptions, problem } from '../core/http/problem.ts';

/** RFC 9457. Anything that is not a named failure becomes `internal`, and tells nothing. */
export function problemResponse(error: unknown, options: ProblemOptions = {}): Response {
  const { status, headers, body } = problem(failureOf(error), options);
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return new Response(bytes, { status, headers: { ...headers, 'Content-Length': String(bytes.length) } });
}
