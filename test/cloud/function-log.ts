/** What a function prints, and what Lambda prints about it: one file a function. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, statSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';

export class FunctionLog {
  readonly file: string;
  readonly #stream: WriteStream;

  constructor(folder: string, functionId: string) {
    mkdirSync(folder, { recursive: true });
    this.file = join(folder, `${functionId}.log`);
    this.#stream = createWriteStream(this.file, { flags: 'a' });
  }

  write(text: string | Buffer): void {
    this.#stream.write(text);
  }

  line(text: string): void {
    this.#stream.write(`${text}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(resolve));
  }
}

/** So many runs' logs are kept, for those who look into what went wrong. */
const KEPT_RUNS = 20;

/** Removes the logs of the oldest runs; each run has a folder in this one. */
export function forgetOldLogs(folder: string): void {
  if (!existsSync(folder)) return;
  const runs = readdirSync(folder)
    .map((name) => join(folder, name))
    .map((path) => ({ path, changedMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.changedMs - one.changedMs);
  for (const { path } of runs.slice(KEPT_RUNS)) rmSync(path, { recursive: true, force: true });
}
