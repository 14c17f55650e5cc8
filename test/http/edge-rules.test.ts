/** The tables of what an edge and a store decide by themselves, and the page that tells of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EDGE_RULES } from './edge-rules.ts';
import { IF_RANGE_CASES, PRECONDITION_CASES } from './preconditions.ts';
import { RANGE_CASES } from './ranges.ts';
import { STORE_DIFFERENCES } from './store-differences.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/http-conformance.md'), 'utf8');
const ROWS = PAGE.split('\n').filter((line) => line.startsWith('|'));

it.each(EDGE_RULES)('the page tells of $request, with the sentence that decides it', (rule) => {
  const { request, direct, status, page, sentence, allowed } = rule;
  const cells = ROWS.map((row) => row.split('|').map((cell) => cell.trim())).find((row) => row[1] === request);
  expect(cells?.[2]).toBe(direct);
  expect(cells?.[3]).toMatch(new RegExp(`^${status}\\b`));
  expect(cells?.[5]).toBe(allowed);
  expect(PAGE).toContain(page);
  expect(PAGE).toContain(sentence);
});

it('the page tells of no rule that the suite does not have', () => {
  const known: readonly string[] = EDGE_RULES.map(({ request }) => request);
  const section = PAGE.slice(PAGE.indexOf('## Behind CloudFront'), PAGE.indexOf("### CloudFront's sentences"));
  const rows = section.split('\n').filter((line) => /^\| \w/.test(line) && !line.startsWith('| request'));
  expect(rows.map((row) => row.split('|')[1]?.trim()).sort()).toEqual([...known].sort());
});

it('only ranges that the edge may ignore have another verdict behind it', () => {
  const rules = RANGE_CASES.flatMap(([, , , , rule]) => (rule === undefined ? [] : [rule.status]));
  expect(new Set(rules)).toEqual(new Set([200]));
});

it('a difference of the store is one of a case, and a difference', () => {
  const LENGTH = 100_000;
  const expected = new Map<string, unknown>([
    ...RANGE_CASES.map(([, name, , verdict]) => [name, verdict(LENGTH)] as const),
    ...PRECONDITION_CASES.map(([, name, , status]) => [name, status] as const),
    ...IF_RANGE_CASES.map(([, name, , status]) => [`If-Range: ${name}`, status] as const),
  ]);
  for (const { request, status } of STORE_DIFFERENCES) {
    expect([...expected.keys()]).toContain(request);
    expect([request, status]).not.toEqual([request, expected.get(request)]);
  }
});
