import {
  evaluatePreconditions,
  ifRangeHolds,
  type PreconditionOutcome,
} from '../../../lambdas/core/http/preconditions.ts';

const MODIFIED_MS = Date.UTC(2026, 10, 21, 5, 40, 0) + 250;
const CURRENT = { etag: '"v2"', lastModifiedMs: MODIFIED_MS };
const BEFORE = 'Sat, 21 Nov 2026 05:39:59 GMT';
const SAME = 'Sat, 21 Nov 2026 05:40:00 GMT';
const AFTER = 'Sat, 21 Nov 2026 05:40:01 GMT';

type Fields = Readonly<Record<string, string>>;

describe('evaluatePreconditions', () => {
  it.each<[name: string, fields: Fields, expected: PreconditionOutcome]>([
    ['§13.2.2 no condition', {}, 'proceed'],

    ['§13.1.1 If-Match of the current tag', { 'If-Match': '"v2"' }, 'proceed'],
    ['§13.1.1 If-Match of one among several', { 'If-Match': '"v1", "v2"' }, 'proceed'],
    ['§13.1.1 If-Match of any', { 'If-Match': '*' }, 'proceed'],
    ['§13.1.1 If-Match of another', { 'If-Match': '"v1"' }, 'precondition_failed'],
    ['§13.1.1 If-Match compares strongly', { 'If-Match': 'W/"v2"' }, 'precondition_failed'],
    ['§13.1.1 If-Match malformed', { 'If-Match': 'v2' }, 'precondition_failed'],
    ['§13.1.1 If-Match empty', { 'If-Match': '' }, 'precondition_failed'],

    ['§13.1.4 If-Unmodified-Since before', { 'If-Unmodified-Since': BEFORE }, 'precondition_failed'],
    ['§13.1.4 If-Unmodified-Since the same second', { 'If-Unmodified-Since': SAME }, 'proceed'],
    ['§13.1.4 If-Unmodified-Since after', { 'If-Unmodified-Since': AFTER }, 'proceed'],
    ['§13.1.4 If-Unmodified-Since malformed', { 'If-Unmodified-Since': 'yesterday' }, 'proceed'],
    ['§13.2.2 If-Match outranks If-Unmodified-Since', { 'If-Match': '"v2"', 'If-Unmodified-Since': BEFORE }, 'proceed'],

    ['§13.1.2 If-None-Match of the current tag', { 'If-None-Match': '"v2"' }, 'not_modified'],
    ['§13.1.2 If-None-Match compares weakly', { 'If-None-Match': 'W/"v2"' }, 'not_modified'],
    ['§13.1.2 If-None-Match of any', { 'If-None-Match': '*' }, 'not_modified'],
    ['§13.1.2 If-None-Match of one among several', { 'If-None-Match': '"v1",W/"v2"' }, 'not_modified'],
    ['§13.1.2 If-None-Match of another', { 'If-None-Match': '"v1"' }, 'proceed'],
    ['§13.1.2 If-None-Match that only contains the tag', { 'If-None-Match': '"xv2", "v2x"' }, 'proceed'],
    ['§13.1.2 If-None-Match malformed', { 'If-None-Match': 'v2' }, 'proceed'],

    ['§13.1.3 If-Modified-Since before', { 'If-Modified-Since': BEFORE }, 'proceed'],
    ['§13.1.3 If-Modified-Since the same second', { 'If-Modified-Since': SAME }, 'not_modified'],
    ['§13.1.3 If-Modified-Since after', { 'If-Modified-Since': AFTER }, 'not_modified'],
    ['§13.1.3 If-Modified-Since malformed', { 'If-Modified-Since': '0' }, 'proceed'],
    [
      '§13.1.3 If-None-Match outranks If-Modified-Since',
      { 'If-None-Match': '"v1"', 'If-Modified-Since': AFTER },
      'proceed',
    ],
    ['§13.1.3 even a malformed If-None-Match does', { 'If-None-Match': 'v1', 'If-Modified-Since': AFTER }, 'proceed'],
    ['§5.6.7 obsolete dates are dates', { 'If-Modified-Since': 'Saturday, 21-Nov-26 05:40:00 GMT' }, 'not_modified'],

    ['§13.2.2 412 comes before 304', { 'If-Match': '"v1"', 'If-None-Match': '"v2"' }, 'precondition_failed'],
    [
      '§13.2.2 412 by date comes before 304',
      { 'If-Unmodified-Since': BEFORE, 'If-None-Match': '*' },
      'precondition_failed',
    ],
    [
      '§13.2.2 If-Match held, If-None-Match still counts',
      { 'If-Match': '"v2"', 'If-None-Match': '"v2"' },
      'not_modified',
    ],
    [
      '§13.2.2 If-Match held, If-Modified-Since still counts',
      { 'If-Match': '*', 'If-Modified-Since': SAME },
      'not_modified',
    ],
  ])('%s: %p', (_name, fields, expected) => {
    expect(evaluatePreconditions(new Headers(fields), CURRENT)).toBe(expected);
  });

  it('never matches a weak current tag strongly', () => {
    const weak = { ...CURRENT, etag: 'W/"v2"' };
    expect(evaluatePreconditions(new Headers({ 'If-Match': 'W/"v2"' }), weak)).toBe('precondition_failed');
    expect(evaluatePreconditions(new Headers({ 'If-None-Match': '"v2"' }), weak)).toBe('not_modified');
  });

  it.each(['v2', '', '"v2', '"v"2"'])('refuses a representation whose tag is %p', (etag) => {
    const conditional = new Headers({ 'If-None-Match': '"v2"' });
    expect(() => evaluatePreconditions(conditional, { ...CURRENT, etag })).toThrow(RangeError);
  });
});

describe('ifRangeHolds (§13.1.5)', () => {
  it.each<[name: string, fields: Fields, expected: boolean]>([
    ['no condition', {}, true],
    ['the current tag', { 'If-Range': '"v2"' }, true],
    ['another tag', { 'If-Range': '"v1"' }, false],
    ['a weak tag', { 'If-Range': 'W/"v2"' }, false],
    ['a list of tags', { 'If-Range': '"v1", "v2"' }, false],
    ['any', { 'If-Range': '*' }, false],
    ['no quotes', { 'If-Range': 'v2' }, false],
    ['an empty field', { 'If-Range': '' }, false],
    ['the date of Last-Modified', { 'If-Range': SAME }, true],
    ['the same date in an obsolete form', { 'If-Range': 'Sat Nov 21 05:40:00 2026' }, true],
    ['an earlier date', { 'If-Range': BEFORE }, false],
    ['a later date, which would satisfy If-Unmodified-Since', { 'If-Range': AFTER }, false],
  ])('%s: %p', (_name, fields, expected) => {
    expect(ifRangeHolds(new Headers(fields), CURRENT)).toBe(expected);
  });

  it('is false for a weak current tag', () => {
    expect(ifRangeHolds(new Headers({ 'If-Range': 'W/"v2"' }), { ...CURRENT, etag: 'W/"v2"' })).toBe(false);
  });
});
