import { parseArgs } from 'node:util';
import { isServingProcess, serveForHost } from '../server/serving-process.ts';
import { add } from './commands/add.ts';
import { chunks } from './commands/chunks.ts';
import { type Command, UsageError } from './commands/command.ts';
import { get } from './commands/get.ts';
import { ls } from './commands/ls.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { rm } from './commands/rm.ts';
import { serve } from './commands/serve.ts';
import { show } from './commands/show.ts';
import { failureOf, sentence } from './failure.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const COMMANDS: readonly Command[] = [serve, add, ls, show, chunks, get, rm, reconcileCommand];

const COMMON_OPTIONS = {
  source: { type: 'string' },
  data: { type: 'string' },
  stack: { type: 'string' },
  'stack-outputs': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one command line; gives the exit code: 0 done, 1 it failed, 2 it was asked for wrongly. */
export async function main(args: readonly string[]): Promise<number> {
  if (isServingProcess()) return serveForHost();
  const { name, rest } = commandOf(args);
  const terminal = createTerminal(args.includes('--json'));
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) return explain(terminal, name);
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...COMMON_OPTIONS, ...command.options },
      allowPositionals: true,
    });
    if (values.help === true) {
      terminal.print(`${usageOf(command)}\n\n${command.details}`);
      return 0;
    }
    return await command.run({ values, positionals, terminal });
  } catch (error) {
    return report(terminal, command, error);
  }
}

/** The command's name may follow options that hold for all commands: `cuepoint --stack audio ls`. */
function commandOf(args: readonly string[]): { readonly name: string | undefined; readonly rest: readonly string[] } {
  const { tokens } = parseArgs({ args: [...args], options: COMMON_OPTIONS, strict: false, tokens: true });
  const at = tokens.find(({ kind }) => kind === 'positional')?.index ?? 0;
  return { name: args[at], rest: args.toSpliced(at, 1) };
}

function report(terminal: Terminal, command: Command, error: unknown): number {
  if (error instanceof UsageError || isParseArgsError(error)) {
    terminal.fail('usage', `${sentence(error)}\nusage: ${usageOf(command)}`);
    return 2;
  }
  const failure = failureOf(error);
  terminal.fail(failure.code, failure.error);
  return 1;
}

function explain(terminal: Terminal, name: string | undefined): number {
  const asked = name === undefined || name === 'help' || name === '--help' || name === '-h';
  const list = COMMANDS.map((command) => `  ${usageOf(command)}\n      ${command.summary}`).join('\n');
  const common =
    '  --source DIR   folder of the audio files (default: the one last served or filled, else DATA/source)\n' +
    '  --data DIR     folder of everything derived (default: the data folder of the project)\n' +
    '  --stack NAME   work on a deployed stack instead, with the AWS credentials and region of the environment\n' +
    '  --stack-outputs FILE   what cdk deploy --outputs-file wrote, instead of asking CloudFormation\n' +
    '  --json         machine-readable output, also of errors\n  --help         more about one command';
  const text = `Any byte or any second of any audio file.\n\n${list}\n\nEverywhere:\n${common}`;
  if (asked) terminal.print(text);
  else terminal.fail('usage', `there is no command ${JSON.stringify(name)}\n\n${text}`);
  return asked ? 0 : 2;
}

function usageOf(command: Command): string {
  return `cuepoint ${command.name} ${command.usage}`.trimEnd();
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
