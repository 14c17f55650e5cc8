import {
  CuepointError,
  type ErrorCode,
  REQUEST_FAILURES,
  SERVICE_FAILURES,
  SOURCE_FAILURES,
} from '../../../lambdas/core/errors.ts';
import { failureOf, problem } from '../../../lambdas/core/http/problem.ts';

const ALL_CODES: readonly ErrorCode[] = [...SOURCE_FAILURES, ...REQUEST_FAILURES, ...SERVICE_FAILURES];
const SECRET = '/srv/private/bucket-7/key';

describe('problem', () => {
  it.each<[ErrorCode, number]>([
    ['empty_file', 422],
    ['unsupported_format', 422],
    ['unsupported_codec', 422],
    ['free_format_mpeg', 422],
    ['malformed_header', 422],
    ['no_audio', 422],
    ['invalid_parameter', 400],
    ['invalid_cursor', 400],
    ['invalid_body', 400],
    ['body_too_large', 413],
    ['range_not_satisfiable', 416],
    ['precondition_failed', 412],
    ['track_not_found', 404],
    ['track_gone', 410],
    ['track_ingesting', 503],
    ['track_failed', 422],
    ['not_found', 404],
    ['method_not_allowed', 405],
    ['link_invalid', 403],
    ['link_expired', 403],
    ['access_denied', 403],
    ['invalid_key', 400],
    ['source_changed', 503],
    ['source_missing', 404],
    ['chunk_lost', 500],
    ['length_mismatch', 502],
    ['unavailable', 503],
    ['internal', 500],
  ])('%s is a %p', (code, status) => {
    const answer = problem({ code, message: 'a sentence' });
    expect(answer.status).toBe(status);
    expect(answer.body.status).toBe(status);
  });

  it.each(ALL_CODES)('%s has every member of RFC 9457 and the error sentence', (code) => {
    const { headers, body } = problem(new CuepointError(code, 'a sentence'), { instance: '/v1/tracks/x' });
    expect(headers['Content-Type']).toBe('application/problem+json');
    expect(headers['Cache-Control']).toBe('no-store');
    expect(body).toMatchObject({ type: `/problems/${code}`, code, instance: '/v1/tracks/x' });
    expect(body.title).toMatch(/^[A-Z].+[^.]$/);
    expect(body.error).toBe(body.detail);
    expect(body.error).not.toBe('');
  });

  it('tells the message of failures of the request and the file', () => {
    for (const code of [...SOURCE_FAILURES, ...REQUEST_FAILURES, 'invalid_key'] as const) {
      expect(problem({ code, message: 'start is abc' }).body.error).toBe('start is abc');
    }
  });

  // The two whose sentences are made of ids and numbers alone, and which a person can act on.
  const TOLD = ['invalid_key', 'chunk_lost'];

  it('never tells the message of other failures of the service', () => {
    for (const code of SERVICE_FAILURES.filter((name) => !TOLD.includes(name))) {
      const answer = problem(new CuepointError(code, `cannot read ${SECRET}`, { cause: new Error(SECRET) }));
      expect(JSON.stringify(answer)).not.toContain('/srv');
    }
  });

  it('says when to try again', () => {
    expect(problem({ code: 'unavailable', message: '' }).headers['Retry-After']).toBe('5');
    expect(problem({ code: 'unavailable', message: '' }, { retryAfterSeconds: 30 }).headers['Retry-After']).toBe('30');
    expect(problem({ code: 'source_changed', message: '' }, { retryAfterSeconds: 0.2 }).headers['Retry-After']).toBe(
      '1',
    );
    expect(problem({ code: 'not_found', message: '' }).headers).not.toHaveProperty('Retry-After');
  });

  it('tells a client that meets a track in mid-ingest to come back', () => {
    const waiting = problem({ code: 'track_ingesting', message: 'wait' });
    expect(waiting).toMatchObject({ status: 503, headers: { 'Retry-After': '2' }, body: { status: 503 } });
  });

  it('adds headers and members without giving up its own', () => {
    const { headers, body } = problem(
      { code: 'method_not_allowed', message: 'use GET' },
      { headers: { Allow: 'GET, HEAD' }, members: { allowed: ['GET', 'HEAD'], status: 200, error: 'none' } },
    );
    expect(headers).toMatchObject({ Allow: 'GET, HEAD' });
    expect(body).toMatchObject({ allowed: ['GET', 'HEAD'], status: 405, error: 'use GET' });
    expect(body).not.toHaveProperty('instance');
  });
});

describe('failureOf', () => {
  it('passes on errors that Cuepoint named', () => {
    const error = new CuepointError('track_gone', 'the track was removed');
    expect(failureOf(error)).toMatchObject({ code: 'track_gone', message: 'the track was removed' });
  });

  it.each<[string, unknown]>([
    ['an error of the runtime', new TypeError(SECRET)],
    ['an error of the system, with a code', Object.assign(new Error(SECRET), { code: 'ENOENT', path: SECRET })],
    ['an object that looks like one of ours', { code: 'not_found', message: SECRET }],
    ['text', SECRET],
    ['nothing', undefined],
  ])('makes %s internal and silent', (_name, caught) => {
    const answer = problem(failureOf(caught));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('/srv');
  });
});
