import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../lib/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const docs = readFileSync(join(ROOT, 'docs/construct.md'), 'utf8');
const source = readFileSync(join(ROOT, 'lib/constructs/cuepoint-props.ts'), 'utf8');

/** Every prop with the comment before it. */
const props = [...source.matchAll(/\/\*\*([\s\S]*?)\*\/\s+readonly (\w+)(\??):/g)].map(
  ([, comment = '', name = '', mark]) => ({
    name,
    comment,
    isOptional: mark === '?',
  }),
);

test('props are found', () => {
  expect(props.length).toBe(source.match(/^ {2}readonly /gm)?.length);
  expect(props.map(({ name }) => name)).toContain('sweepInterval');
});

test.each(props)('$name is in docs/construct.md', ({ name }) => {
  expect(docs).toMatch(new RegExp(`^\\| \`${name}\``, 'm'));
});

test.each(props.filter(({ isOptional }) => isOptional))('$name says what happens without it', ({ comment }) => {
  expect(comment).toMatch(/@default - \S/);
});

test('access, and nothing else, has no default', () => {
  expect(props.filter(({ isOptional }) => !isOptional).map(({ name }) => name)).toEqual(['access']);
});

test.each(SETTINGS)('the setting %s is in docs/construct.md', (name) => {
  expect(docs).toMatch(new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, 'm'));
});
