import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/** Runs a program to its end; its standard output as bytes. Throws with its standard error when it fails. */
export async function output(program: string, ...args: string[]): Promise<Buffer> {
  const { stdout } = await run(program, args, { encoding: 'buffer', maxBuffer: MAX_OUTPUT_BYTES });
  return stdout;
}

/** Like `output`, whatever the exit code. */
export async function attempt(program: string, ...args: string[]): Promise<{ code: number; text: string }> {
  return run(program, args, { maxBuffer: MAX_OUTPUT_BYTES }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? -1,
      text: `${error.stdout ?? ''}${error.stderr ?? ''}`,
    }),
  );
}

/** Decodes with FFmpeg to 32-bit PCM at the source's own rate and channels. */
export function decoded(input: string, ...options: string[]): Promise<Buffer> {
  return output('ffmpeg', '-v', 'error', ...options, '-i', input, '-map', '0:a:0', '-f', 's32le', '-');
}
