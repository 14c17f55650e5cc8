import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end; its standard output. Throws with what it printed when it fails or takes longer than `timeoutMs`. */
export async function runProgram(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  return (await run(program, args, timeoutMs)).stdout;
}

/** The same, with what it printed to standard error behind it. */
export async function programOutput(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  const { stdout, stderr } = await run(program, args, timeoutMs);
  return `${stdout}${stderr}`;
}

async function run(program: string, args: readonly string[], timeoutMs: number): Promise<Printed> {
  try {
    return await execute(program, args, { timeout: timeoutMs, killSignal: 'SIGKILL' });
  } catch (error) {
    const { killed, stdout = '', stderr = '', message } = error as Error & Partial<Printed & { killed: boolean }>;
    const printed = `${stdout}${stderr}`.trim() || message;
    const how = killed ? `did not end within ${timeoutMs / 1000} s` : 'failed';
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} … ${how}: ${printed}`, { cause: error });
  }
}

type Printed = { readonly stdout: string; readonly stderr: string };

/** Whether a program of this name lies in a folder of the search path (the environment's PATH). */
export function programExists(name: string, searchPath: string): boolean {
  return searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
