import { type ChildProcess, fork } from 'node:child_process';
import type { CaseReport } from './fuzz-case.ts';

export type PoolOptions = {
  /** The module that calls `serveCases`. */
  readonly worker: string;
  readonly processes: number;
  /** Cases [first, end) of run `run`. */
  readonly run: number;
  readonly first: number;
  readonly end: number;
  /** Directory of real files to mutate as well. */
  readonly corpus?: string | undefined;
  /** Without a report for so long, the case that is under way hangs. */
  readonly hangMs?: number;
  readonly onReport: (report: CaseReport) => void;
  /** A case that never came to an end. */
  readonly onLost: (number: number, reason: string) => void;
};

/** The cases of one process: `first`, `first + step` … below `end`. */
export type Share = Pick<PoolOptions, 'run' | 'first' | 'end' | 'corpus'> & { readonly step: number };

/** Far longer than any case, also on a machine that has much else to do. */
const HANG_MS = 20_000;

/** A scan that gathers objects without end shall meet this, not the machine's memory. */
const MAX_HEAP_MIB = 512;

const MAX_COMPLAINT_CHARACTERS = 2000;

/** Runs cases in processes of their own: one that hangs or crashes is reported, and the next one goes on. */
export async function runPool(options: PoolOptions): Promise<void> {
  const { first, processes } = options;
  await Promise.all(Array.from({ length: processes }, (_, i) => runShare(options, first + i)));
}

async function runShare(options: PoolOptions, first: number): Promise<void> {
  const { end, processes, run, corpus, onLost } = options;
  for (let next = first; next < end; ) {
    const share: Share = { run, first: next, end, step: processes, corpus };
    const { lost, reason } = await runProcess(share, options);
    if (lost >= end) return;
    onLost(lost, reason);
    next = lost + processes;
  }
}

/** One process, to its end; `lost` is the first case without a report: not below `end` when all is done. */
function runProcess(share: Share, options: PoolOptions): Promise<{ lost: number; reason: string }> {
  const { worker, hangMs = HANG_MS, onReport } = options;
  const execArgv = ['--import', 'tsx', `--max-old-space-size=${MAX_HEAP_MIB}`];
  const child = fork(worker, ['--share', JSON.stringify(share)], { execArgv, silent: true });
  let due = share.first;
  let reason: string | undefined;
  const hang = (): void => {
    reason = `no end after ${hangMs} ms`;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(hang, hangMs);
  child.on('message', (report: CaseReport) => {
    clearTimeout(timer);
    timer = setTimeout(hang, hangMs);
    due = report.number + share.step;
    onReport(report);
  });
  const complaints = tailOf(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ lost: due, reason: reason ?? `the process ended (${code ?? signal}): ${complaints()}` });
    });
  });
}

function tailOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      text = `${text}${String(data)}`.slice(-MAX_COMPLAINT_CHARACTERS);
    });
  }
  return () => text.trim();
}
