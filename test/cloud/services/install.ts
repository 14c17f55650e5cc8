/** Installs from Debian's packages what `npm run services -- up` needs and this machine lacks: `npm run services:install`. */
import { spawn } from 'node:child_process';
import { lookAtMachine } from './machine.ts';
import { installPlan, javaProblem, missingPackages } from './packages.ts';

const searchPath = process.env.PATH ?? '';

/** The program's output is shown as it comes: an installation takes a while. */
async function show([program = '', ...args]: readonly string[]): Promise<void> {
  process.stdout.write(`${[program, ...args].join(' ')}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    spawn(program, args, { stdio: 'inherit' }).once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${[program, ...args].join(' ')} ended with code ${code}: see its words above`);
}

async function install(): Promise<string> {
  const machine = await lookAtMachine(searchPath);
  const problem = javaProblem(machine.javaMajor);
  if (problem !== undefined) throw new Error(problem);
  const missing = missingPackages(machine);
  if (missing.length === 0) return 'nothing to install: Ceph and Java are here';
  const plan = installPlan(machine, missing);
  if (plan.kind === 'impossible') throw new Error(plan.reason);
  for (const command of plan.commands) await show(command);
  const still = missingPackages(await lookAtMachine(searchPath));
  if (still.length > 0)
    throw new Error(`installed, yet the programs of ${still.join(' ')} are not on the PATH ${searchPath}`);
  return `installed: ${missing.join(' ')}`;
}

try {
  process.stdout.write(`${await install()}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
