import { readFile } from 'node:fs/promises';
import { javaMajorOf, javaProblem, type Machine, missingPackages } from './packages.ts';
import { programExists, programOutput } from './program.ts';

const JAVA_MS = 20_000;

/** This machine, looked at. `searchPath` is the environment's PATH. */
export async function lookAtMachine(searchPath: string): Promise<Machine> {
  const has = (program: string): boolean => programExists(program, searchPath);
  return {
    has,
    javaMajor: has('java') ? javaMajorOf(await programOutput('java', ['-version'], JAVA_MS)) : undefined,
    isRoot: process.getuid?.() === 0,
    osRelease: await readFile('/etc/os-release', 'utf8').catch(() => undefined),
  };
}

/** Throws with the command to run when the engines cannot be started here. */
export async function checkMachine(searchPath: string): Promise<void> {
  const machine = await lookAtMachine(searchPath);
  const missing = missingPackages(machine);
  if (missing.length > 0) throw new Error(`missing: ${missing.join(' ')}. Run npm run services:install`);
  const problem = javaProblem(machine.javaMajor);
  if (problem !== undefined) throw new Error(problem);
}
