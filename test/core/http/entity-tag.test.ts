import fc from 'fast-check';
import {
  type EntityTag,
  parseEntityTag,
  parseEntityTags,
  strongMatch,
  weakMatch,
} from '../../../lambdas/core/http/entity-tag.ts';

const strong = (opaque: string): EntityTag => ({ opaque, weak: false });
const weak = (opaque: string): EntityTag => ({ opaque, weak: true });

describe('parseEntityTags', () => {
  it.each<[name: string, text: string, expected: readonly EntityTag[] | '*' | undefined]>([
    ['one', '"a"', [strong('a')]],
    ['a weak one', 'W/"a"', [weak('a')]],
    ['the empty tag', '""', [strong('')]],
    ['several', '"a", W/"b","c"', [strong('a'), weak('b'), strong('c')]],
    ['commas inside the quotes', '"a,b", "c, "', undefined],
    ['commas without spaces inside the quotes', '"a,b","c,"', [strong('a,b'), strong('c,')]],
    ['a comma as the whole tag', '","', [strong(',')]],
    ['empty elements', ' , "a",, ,"b" ,', [strong('a'), strong('b')]],
    ['an empty field', '', []],
    ['any', '*', '*'],
    ['any, in white space', ' * ', '*'],
    ['an asterisk as a tag', '"*"', [strong('*')]],
    ['bytes beyond ASCII', '"\u00e9"', [strong('\u00e9')]],
    ['a backslash is no escape', '"a\\"', [strong('a\\')]],
    [
      'a multipart ETag of S3',
      '"d41d8cd98f00b204e9800998ecf8427e-38"',
      [strong('d41d8cd98f00b204e9800998ecf8427e-38')],
    ],
    ['no quotes', 'a', undefined],
    ['one without quotes among others', '"a", b', undefined],
    ['any among others', '"a", *', undefined],
    ['an open quote', '"a', undefined],
    ['weak in lower case', 'w/"a"', undefined],
    ['a space after W/', 'W/ "a"', undefined],
    ['no comma', '"a" "b"', undefined],
    ['no comma, no space', '"a""b"', undefined],
    ['a control character', '"a\u0001"', undefined],
  ])('%s: %p', (_name, text, expected) => {
    expect(parseEntityTags(text)).toEqual(expected);
  });

  it('reads back any list it is given', () => {
    const character = fc.integer({ min: 0x21, max: 0xff }).filter((code) => code !== 0x22 && code !== 0x7f);
    const opaque = fc.array(character, { maxLength: 8 }).map((codes) => String.fromCharCode(...codes));
    const separator = fc.constantFrom(',', ', ', ' ,\t', ',,', ' , , ');
    fc.assert(
      fc.property(fc.array(fc.record({ opaque, weak: fc.boolean() })), separator, (tags, between) => {
        const text = tags.map((tag) => `${tag.weak ? 'W/' : ''}"${tag.opaque}"`).join(between);
        expect(parseEntityTags(text)).toEqual(tags);
      }),
    );
  });

  it('takes time in proportion to the text', () => {
    // The time limit of a test is what a quadratic parser runs into.
    expect(parseEntityTags(`${' ,'.repeat(200_000)}x`)).toBeUndefined();
    expect(parseEntityTags('"a",'.repeat(100_000))).toHaveLength(100_000);
  });
});

describe('parseEntityTag', () => {
  it.each<[text: string, expected: EntityTag | undefined]>([
    ['"a"', strong('a')],
    ['W/"a"', weak('a')],
    ['"a","b"', undefined],
    [',"a"', undefined],
    ['*', undefined],
    ['a', undefined],
    ['', undefined],
  ])('%p', (text, expected) => {
    expect(parseEntityTag(text)).toEqual(expected);
  });
});

describe('comparison, the table of RFC 9110 §8.8.3.2', () => {
  it.each([
    [weak('1'), weak('1'), false, true],
    [weak('1'), weak('2'), false, false],
    [weak('1'), strong('1'), false, true],
    [strong('1'), strong('1'), true, true],
  ])('%p and %p: strong %p, weak %p', (a, b, strongly, weakly) => {
    expect([strongMatch(a, b), strongMatch(b, a)]).toEqual([strongly, strongly]);
    expect([weakMatch(a, b), weakMatch(b, a)]).toEqual([weakly, weakly]);
  });
});
