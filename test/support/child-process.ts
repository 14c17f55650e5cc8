import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export type RunningChild = {
  readonly process: ChildProcess;
  /** The first line that the child prints with this beginning; fails when it ends before. */
  line(beginning: string): Promise<string>;
  /** Resolves once the child has ended, however it did. */
  ended(): Promise<void>;
};

/** Runs a TypeScript module of `test/support/child` in a process of its own. */
export function startChild(module: string, args: readonly string[]): RunningChild {
  const path = join(__dirname, 'child', module);
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  let complaints = '';
  let looked = () => {};
  child.stdout.on('data', (data) => {
    printed += String(data);
    looked();
  });
  child.stderr.on('data', (data) => {
    complaints += String(data);
  });
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
      looked();
    }),
  );
  const line = (beginning: string) =>
    new Promise<string>((resolve, reject) => {
      looked = () => {
        const found = printed
          .split('\n')
          .slice(0, -1)
          .find((text) => text.startsWith(beginning));
        if (found !== undefined) resolve(found);
        else if (child.exitCode !== null || child.signalCode !== null) {
          reject(new Error(`${module} ended without printing "${beginning}": ${complaints}`));
        }
      };
      looked();
    });
  return { process: child, line, ended: () => ended };
}
