import fc from 'fast-check';
import { matchesBehaviour, matchesPattern, normalPath } from './path-pattern.ts';

describe('path patterns (Cache behavior settings)', () => {
  test.each([
    ['/d/*', '/d/a/b.mp3', true],
    ['/d/*', '/d/', true],
    ['/d/*', '/d', false],
    ['/d/*', '/D/a', false],
    ['d/*', '/d/a', true],
    ['*.mp3', '/a/b.mp3', true],
    ['*.mp3', '/a/b.mp3x', false],
    ['/a?c', '/abc', true],
    ['/a?c', '/ac', false],
    ['/*/x/*', '/a/b/x/c', true],
    ['*', '/', true],
    ['/v1/*', '/d/../v1/a', true],
    ['/d/*', '/d/../v1/a', false],
    ['/d/*', '/%64/a', true],
    ['/d/*', '/d/%2e%2e/v1', false],
  ])('%s and %s: %s', (pattern, path, expected) => {
    expect(matchesBehaviour(pattern, path)).toBe(expected);
  });

  test('as a regular expression would have it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, path) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(glob, path)).toBe(expression.test(path));
      }),
      { numRuns: 1000 },
    );
  });

  test('dot segments as the URL standard resolves them', () => {
    const segment = fc.constantFrom('a', '.', '..', '', 'b.c');
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 6 }), (segments) => {
        const path = `/${segments.join('/')}`;
        expect(normalPath(path)).toBe(new URL(`https://host${path}`).pathname);
      }),
    );
  });
});
