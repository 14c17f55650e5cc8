import type { Progress } from '../lambdas/core/track/record.ts';

/** Where a command speaks: results on standard output, all else on standard error. */
export type Terminal = {
  readonly json: boolean;
  /** A line or several, for people. */
  print(text: string): void;
  /** The result: as JSON with `--json`, else as `text` says. */
  result(value: unknown, text: () => string): void;
  note(text: string): void;
  fail(code: string, message: string): void;
  /** Draws over itself; only where a person is watching. */
  progress(label: string, progress: Progress): void;
  endProgress(): void;
};

const BAR_CELLS = 24;

export function createTerminal(json: boolean): Terminal {
  const showsProgress = process.stderr.isTTY && !json;
  return {
    json,
    print: (text) => console.log(text),
    result: (value, text) => console.log(json ? JSON.stringify(value, null, 2) : text()),
    note: (text) => {
      if (!json) console.error(text);
    },
    fail: (code, message) => console.error(json ? JSON.stringify({ error: message, code }) : `cuepoint: ${message}`),
    progress: (label, { bytesDone, bytesTotal, chunksDone }) => {
      if (!showsProgress) return;
      const share = bytesTotal === 0 ? 0 : bytesDone / bytesTotal;
      const filled = Math.round(share * BAR_CELLS);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
      process.stderr.write(`\r\x1b[K${label} ${bar} ${Math.floor(share * 100)} % · ${chunksDone} chunks`);
    },
    endProgress: () => {
      if (showsProgress) process.stderr.write('\r\x1b[K');
    },
  };
}

/** Columns padded to the widest cell; a column whose heading begins with '>' is set flush right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = headings.map((heading) => heading.replace(/^>/, ''));
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (headings[i]?.startsWith('>') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(titles), ...rows.map(line)].join('\n');
}
