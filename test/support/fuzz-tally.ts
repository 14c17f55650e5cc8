import type { CaseReport } from './fuzz-case.ts';

type Row = { cases: number; accepted: number; violations: number; slowestMs: number; failed: Map<string, number> };

/** What came of the cases, by the format of their seeds. */
export class FuzzTally {
  readonly #rows = new Map<string, Row>();
  readonly violations: string[] = [];

  add(report: CaseReport): void {
    const row = this.#row(report.format);
    row.cases++;
    row.slowestMs = Math.max(row.slowestMs, report.cpuMs);
    if (report.outcome === 'accepted') row.accepted++;
    else row.failed.set(report.outcome, (row.failed.get(report.outcome) ?? 0) + 1);
    if (report.violations.length === 0) return;
    row.violations++;
    this.violations.push(told(report));
  }

  addLost(number: number, reason: string): void {
    this.#row('lost').violations++;
    this.violations.push(`case ${number}: ${reason}`);
  }

  get cases(): number {
    return [...this.#rows.values()].reduce((sum, { cases }) => sum + cases, 0);
  }

  /** A line a format. */
  table(): string {
    const lines = [...this.#rows]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([format, row]) => {
        const { cases, accepted, violations, slowestMs, failed } = row;
        const codes = [...failed].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
        const figures = [cases, accepted, Math.round(slowestMs), violations].map((value) => String(value).padStart(10));
        return `${format.padEnd(10)}${figures.join('')}  ${codes.join(', ')}`;
      });
    const head = ['cases', 'accepted', 'slowest ms', 'violations'].map((name) => name.padStart(10)).join('');
    return [`${'format'.padEnd(10)}${head}  failed`, ...lines].join('\n');
  }

  #row(format: string): Row {
    const row = this.#rows.get(format) ?? { cases: 0, accepted: 0, violations: 0, slowestMs: 0, failed: new Map() };
    this.#rows.set(format, row);
    return row;
  }
}

export function told(report: CaseReport): string {
  const { number, seedName, mutations, byteLength, outcome, violations, cpuMs } = report;
  const what = `case ${number}: ${seedName}, ${byteLength} bytes after: ${mutations.join(', ')}`;
  return `${what}\n  ${outcome}, ${Math.round(cpuMs)} ms\n${violations.map((violation) => `  ${violation}\n`).join('')}`;
}
