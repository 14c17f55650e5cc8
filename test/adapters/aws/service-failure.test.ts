import {
  failureName,
  failureStatus,
  isPassing,
  serviceFailure,
} from '../../../lambdas/adapters/aws/service-failure.ts';
import { CuepointError } from '../../../lambdas/core/errors.ts';

function failure(name: string, status?: number, code?: string): Error {
  const metadata = status === undefined ? {} : { $metadata: { httpStatusCode: status } };
  return Object.assign(new Error('bucket secret-name said no'), { name, ...metadata, ...(code ? { code } : {}) });
}

describe('serviceFailure', () => {
  const cases: [name: string, error: unknown, code: string][] = [
    ['SlowDown', failure('SlowDown', 503), 'unavailable'],
    ['an unnamed 503', failure('UnknownError', 503), 'unavailable'],
    ['500', failure('InternalError', 500), 'unavailable'],
    ['429', failure('Whatever', 429), 'unavailable'],
    ['throttling of DynamoDB, a 400', failure('ProvisionedThroughputExceededException', 400), 'unavailable'],
    ['a slow body, a 400', failure('RequestTimeout', 400), 'unavailable'],
    ['a timeout of the client', failure('TimeoutError'), 'unavailable'],
    ['a refused connection', failure('Error', undefined, 'ECONNREFUSED'), 'unavailable'],
    ['a connection that broke', failure('Error', undefined, 'ECONNRESET'), 'unavailable'],
    ['DNS', failure('Error', undefined, 'EAI_AGAIN'), 'unavailable'],
    ['credentials that ran out', failure('ExpiredToken', 400), 'unavailable'],
    ['a bucket that is not there', failure('NoSuchBucket', 404), 'unavailable'],
    ['a table that is not there', failure('ResourceNotFoundException', 400), 'unavailable'],
    ['a refusal', failure('AccessDenied', 403), 'internal'],
    ['a bad request', failure('ValidationException', 400), 'internal'],
    ['a bug', new TypeError('x is not a function'), 'internal'],
    ['a file that is not there', failure('Error', undefined, 'ENOENT'), 'internal'],
    ['what is no error at all', 'a text', 'internal'],
  ];
  it.each(cases)('takes %s for what it is', (_name, error, code) => {
    const failed = serviceFailure(error, 'reading "a.flac"');
    expect(failed).toMatchObject({ code, cause: error });
    expect(isPassing(error)).toBe(code === 'unavailable');
    expect(failed.message).toMatch(/^reading "a\.flac" /);
    // What the service says may name what is not for clients; it is in the cause.
    expect(failed.message).not.toContain('secret-name');
  });

  it('advises on permissions where they are what is missing', () => {
    expect(serviceFailure(failure('AccessDenied', 403), 'x').message).toMatch(/grant/);
    expect(serviceFailure(failure('AccessDeniedException', 400), 'x').message).toMatch(/grant/);
    expect(serviceFailure(failure('ValidationException', 400), 'x').message).not.toMatch(/grant/);
  });

  it('leaves our own errors as they are', () => {
    const own = new CuepointError('source_changed', 'it changed');
    expect(serviceFailure(own, 'x')).toBe(own);
  });

  it('reads name and status of anything', () => {
    expect([failureName(undefined), failureStatus(undefined), failureStatus({ $metadata: null })]).toEqual([
      '',
      undefined,
      undefined,
    ]);
  });
});
