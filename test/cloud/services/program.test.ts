import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programExists, programOutput, runProgram } from './program.ts';

describe('a program', () => {
  const node = (script: string, timeoutMs = 20_000): Promise<string> =>
    runProgram(process.execPath, ['-e', script], timeoutMs);

  test('gives its standard output, or all of it', async () => {
    const script = "process.stdout.write('out');process.stderr.write('err')";
    await expect(node(script)).resolves.toBe('out');
    await expect(programOutput(process.execPath, ['-e', script], 20_000)).resolves.toBe('outerr');
  });

  test('that fails is told of with its own words', async () => {
    await expect(node("process.stderr.write('no keyring');process.exit(1)")).rejects.toThrow(/failed: no keyring$/);
  });

  test('that does not end is ended', async () => {
    await expect(node('setInterval(() => {}, 1000)', 100)).rejects.toThrow(/did not end within 0.1 s/);
  });

  test('is found on the search path only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cuepoint-program-'));
    writeFileSync(join(folder, 'tool'), '', { mode: 0o755 });
    writeFileSync(join(folder, 'text'), '', { mode: 0o644 });
    expect(programExists('tool', `/nowhere:${folder}`)).toBe(true);
    expect(programExists('tool', '/nowhere')).toBe(false);
    expect(programExists('text', folder)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
