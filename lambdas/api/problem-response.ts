import type { ProblemOptions } from '../core/http/problem.ts';
import { problemAnswer, toResponse } from './http-answer.ts';

export function problemResponse(error: unknown, options: ProblemOptions = {}): Response {
  return toResponse(problemAnswer(error, options));
}
