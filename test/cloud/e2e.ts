/**
 * `npm run e2e:aws`: the stack, synthesized and run on real engines, from a fresh clone on. Installs and starts what is
 * needed and not there, says what it tests (versions of the engines, hashes of the bundles), runs the suites, and stops what
 * it started. Exit code 0 when all passed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readAssembly } from './assembly.ts';
import { ASSEMBLY_FOLDER, CLOUD_FOLDER, PROJECT_FOLDER } from './cloud-folder.ts';
import { lambdaNode } from './lambda-node.ts';
import { PhysicalNames } from './physical-names.ts';
import { runningServices } from './services/running-services.ts';
import { synthesize } from './synthesis.ts';
import { Template } from './template.ts';
import { synthesizeTested } from './tested-assembly.ts';

const USAGE = `npm run e2e:aws -- [--keep] [PATTERN…]

  --keep     leaves the engines running
  PATTERN    only suites whose path has it; all by default
`;

/** Real audio, where it lies beside the project. Without, a few files are made. */
const CORPUS_FOLDER = resolve(PROJECT_FOLDER, '..', 'shared', 'audio');

/** S3 is stopped in this one, so that it runs alone and last. */
const RESTARTING_SUITE = 'engine-restart';

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    options: { keep: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    print(USAGE);
    return true;
  }
  const startMs = performance.now();
  const wasUp = isUp();
  if (!wasUp) {
    await run('npm', ['run', '--silent', 'services:install']);
    await run('npm', ['run', '--silent', 'services', '--', 'up']);
  }
  try {
    await describeWhatIsTested();
    const passed = (await runSuites(positionals)) && (await runRestart(positionals));
    print(`\n${passed ? 'passed' : 'FAILED'} after ${Math.round((performance.now() - startMs) / 1000)} s\n`);
    return passed;
  } finally {
    if (!wasUp && values.keep !== true) await run('npm', ['run', '--silent', 'services', '--', 'down', '--wipe']);
  }
}

function isUp(): boolean {
  try {
    runningServices();
    return true;
  } catch {
    return false;
  }
}

/** The bundles that are run are those that would be deployed: the same hashes, but for the processor's native code. */
async function describeWhatIsTested(): Promise<void> {
  const { s3, dynamodb } = runningServices();
  print(`S3         ${s3.version} at ${s3.endpoint}\nDynamoDB   ${dynamodb.version} at ${dynamodb.endpoint}\n`);
  print(`Node       ${process.version}; the functions' own: ${await lambdaNode()}\n`);
  synthesize();
  const deployed = bundleHashes(ASSEMBLY_FOLDER);
  for (const location of ['objects', 'windows'] as const) {
    const tested = bundleHashes(synthesizeTested(location));
    for (const [name, hash] of deployed) {
      if (name !== 'analyse' && tested.get(name) !== hash) {
        throw new Error(`the bundle of ${name} is ${hash} in cdk.out and ${tested.get(name)} in what is tested`);
      }
    }
    print(`bundles    ${location}: ${[...tested].map(([name, hash]) => `${name} ${hash.slice(0, 16)}`).join(', ')}\n`);
  }
  print(`cdk.out    ${[...deployed].map(([name, hash]) => `${name} ${hash}`).join('\n           ')}\n`);
}

/** By the name that each function gives its metrics. */
function bundleHashes(folder: string): Map<string, string> {
  const assembly = readAssembly(folder);
  const names = new PhysicalNames({ stackName: assembly.stackName, suffix: 'none', queueOrigin: 'http://127.0.0.1' });
  const template = new Template(assembly, { names });
  return new Map(
    template.ofType('AWS::Lambda::Function').map(({ properties }) => {
      const name = properties.object('Environment').object('Variables').text('POWERTOOLS_SERVICE_NAME');
      return [name, basename(properties.object('Code').text('S3Key'), '.zip')];
    }),
  );
}

function runSuites(patterns: readonly string[]): Promise<boolean> {
  return jest(['--testPathIgnorePatterns', RESTARTING_SUITE, '/node_modules/', '--', ...patterns]);
}

async function runRestart(patterns: readonly string[]): Promise<boolean> {
  const isWanted = patterns.length === 0 || patterns.some((pattern) => RESTARTING_SUITE.includes(pattern));
  return isWanted ? jest(['--', RESTARTING_SUITE]) : true;
}

/** One suite at a time: each runs a whole cloud. */
function jest(args: readonly string[]): Promise<boolean> {
  const program = join(PROJECT_FOLDER, 'node_modules', '.bin', 'jest');
  const corpus = process.env.CUEPOINT_CORPUS ?? (existsSync(CORPUS_FOLDER) ? CORPUS_FOLDER : undefined);
  const options = ['-c', 'jest.aws.config.mjs', '--runInBand', '--passWithNoTests', ...args];
  return attempt(program, options, corpus === undefined ? {} : { CUEPOINT_CORPUS: corpus });
}

async function run(program: string, args: readonly string[]): Promise<void> {
  if (!(await attempt(program, args))) throw new Error(`${program} ${args.join(' ')} failed: see its words above`);
}

function attempt(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd: PROJECT_FOLDER,
      stdio: 'inherit',
      env: { ...process.env, ...environment },
    });
    child.once('error', failed);
    child.once('exit', (code) => done(code === 0));
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write(`logs of the functions are in ${join(CLOUD_FOLDER, 'logs')}\n`);
    process.exit(1);
  },
);
