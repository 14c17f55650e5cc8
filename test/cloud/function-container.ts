/**
 * One execution environment of a function: a process of Node under AWS's runtime client, with Lambda's limits. Frozen
 * between invocations, as there; killed when it takes too long or too much memory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_FOLDER } from './cloud-folder.ts';
import { type ContainerSurroundings, containerEnvironment, type FunctionDefinition } from './function-definition.ts';
import type { FunctionLog } from './function-log.ts';
import { processMemory, resetPeak } from './process-memory.ts';
import { type FunctionError, type Outcome, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

export type InvocationResult = {
  readonly requestId: string;
  readonly functionId: string;
  /** JSON; absent when it failed. */
  readonly payload?: string;
  readonly error?: FunctionError;
  readonly durationMs: number;
  /** From the start of the process to its asking for work; of the first invocation only. */
  readonly initMs?: number;
  readonly peakMegabytes: number;
};

export type ContainerOptions = Omit<ContainerSurroundings, 'runtimeApi'> & {
  readonly definition: FunctionDefinition;
  /** The program to run it with. */
  readonly node: string;
  readonly log: FunctionLog;
};

const RUNTIME_CLIENT = join(PROJECT_FOLDER, 'node_modules', 'aws-lambda-ric', 'index.mjs');
const PRELOAD = join(PROJECT_FOLDER, 'test', 'cloud', 'runtime', 'preload.cjs');

/** Of Debian's util-linux: the process is not to outlive this one, however this one ends. */
const BOUND_TO_PARENT = '/usr/bin/setpriv';

const MEMORY_CHECK_INTERVAL_MS = 25;

/** Lambda gives a start so long, and once more, by the function's own timeout, if it was not enough. */
const INIT_TIMEOUT_MS = 10_000;

type Death = 'timeout' | 'memory' | 'killed' | 'closed';

export class FunctionContainer {
  readonly id: string;
  readonly #options: ContainerOptions;
  readonly #api: RuntimeApi;
  readonly #process: ChildProcess;
  readonly #ended: Promise<FunctionError>;
  readonly #startedMs = performance.now();
  #initMs: number | undefined;
  #requestId: string | undefined;
  #death: Death | undefined;
  #isAlive = true;

  static async start(options: ContainerOptions): Promise<FunctionContainer> {
    const freezer: { container?: FunctionContainer } = {};
    const api = await startRuntimeApi({
      idle: () => freezer.container?.signal('SIGSTOP'),
      resume: () => freezer.container?.signal('SIGCONT'),
    });
    const container = new FunctionContainer(options, api);
    freezer.container = container;
    return container;
  }

  private constructor(options: ContainerOptions, api: RuntimeApi) {
    this.id = options.containerId;
    this.#options = options;
    this.#api = api;
    mkdirSync(options.temporaryFolder, { recursive: true });
    this.#process = startProcess(options, api.address);
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output?.on('data', (text: Buffer) => options.log.write(text));
    }
    this.#ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(this.#over({ exit: error.message })));
      this.#process.once('exit', (code, signal) => {
        resolve(this.#over({ exit: signal === null ? `exit status ${code}` : 'signal: killed' }));
      });
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Of the invocation under way. */
  get requestId(): string | undefined {
    return this.#requestId;
  }

  /** Never rejects: what went wrong is in the result. After `error` of the process itself the container is dead. */
  async invoke(requestId: string, payload: string): Promise<InvocationResult> {
    const { definition, log } = this.#options;
    this.#requestId = requestId;
    const isFirst = this.#initMs === undefined;
    const initError = isFirst ? await this.#init() : undefined;
    const startMs = performance.now();
    log.line(`START RequestId: ${requestId} Version: $LATEST`);
    const outcome = initError === undefined ? await this.#run(requestId, payload) : { error: initError };
    const durationMs = performance.now() - startMs;
    const peakMegabytes = this.#peak;
    const exhausted = peakMegabytes > definition.memoryMegabytes && this.#isAlive;
    if (exhausted) this.#end('memory');
    const judged: Outcome = exhausted ? { error: await this.#ended } : outcome;
    this.#requestId = undefined;
    const init = isFirst && this.#initMs !== undefined ? ` Init Duration: ${this.#initMs.toFixed(2)} ms` : '';
    const memory = `Memory Size: ${definition.memoryMegabytes} MB Max Memory Used: ${Math.ceil(peakMegabytes)} MB`;
    log.line(`REPORT RequestId: ${requestId} Duration: ${durationMs.toFixed(2)} ms ${memory}${init}`);
    if ('error' in judged) log.line(`ERROR RequestId: ${requestId} ${JSON.stringify(judged.error)}`);
    return {
      requestId,
      functionId: definition.logicalId,
      ...judged,
      durationMs,
      peakMegabytes,
      ...(isFirst && this.#initMs !== undefined && { initMs: this.#initMs }),
    };
  }

  /** As a machine that fails: at once, whatever it is doing. */
  kill(): void {
    this.#end('killed');
  }

  async close(): Promise<void> {
    this.#end('closed');
    await this.#ended;
    await this.#api.close();
    rmSync(this.#options.temporaryFolder, { recursive: true, force: true });
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    if (this.#isAlive) this.#process.kill(name);
  }

  #lastPeak = 0;

  get #peak(): number {
    const peak = this.#process.pid === undefined ? undefined : processMemory(this.#process.pid)?.peakMegabytes;
    this.#lastPeak = Math.max(this.#lastPeak, peak ?? 0);
    return this.#lastPeak;
  }

  async #init(): Promise<FunctionError | undefined> {
    const timer = setTimeout(() => this.#end('timeout'), INIT_TIMEOUT_MS + this.#options.definition.timeoutMs);
    const error = await Promise.race([this.#api.ready, this.#ended]);
    clearTimeout(timer);
    this.#initMs = performance.now() - this.#startedMs;
    // Its process is about to end: the next invocation starts another.
    if (error !== undefined) this.#end('closed');
    return error;
  }

  async #run(requestId: string, payload: string): Promise<Outcome> {
    const { definition } = this.#options;
    this.#lastPeak = 0;
    if (this.#process.pid !== undefined) resetPeak(this.#process.pid);
    const deadlineMs = Date.now() + definition.timeoutMs;
    const timer = setTimeout(() => this.#end('timeout'), definition.timeoutMs);
    const watch = setInterval(() => {
      if (this.#peak > definition.memoryMegabytes) this.#end('memory');
    }, MEMORY_CHECK_INTERVAL_MS);
    const ended = this.#ended.then((error) => ({ error }));
    const invoked = this.#api.invoke({ requestId, payload, deadlineMs, functionArn: definition.arn });
    const outcome = await Promise.race([invoked, ended]);
    clearTimeout(timer);
    clearInterval(watch);
    return outcome;
  }

  #end(death: Death): void {
    if (!this.#isAlive) return;
    this.#death = death;
    this.signal('SIGKILL');
    this.#isAlive = false;
  }

  /** Lambda's words for how an environment ended. */
  #over({ exit }: { exit: string }): FunctionError {
    this.#isAlive = false;
    const { definition } = this.#options;
    const prefix = this.#requestId === undefined ? '' : `RequestId: ${this.#requestId} `;
    switch (this.#death) {
      case 'timeout': {
        const seconds = (definition.timeoutMs / 1000).toFixed(2);
        return {
          errorType: 'Sandbox.Timedout',
          errorMessage: `${prefix}Error: Task timed out after ${seconds} seconds`,
        };
      }
      case 'memory':
        return {
          errorType: 'Runtime.OutOfMemory',
          errorMessage: `${prefix}Error: Runtime exited with error: signal: killed`,
        };
      case 'killed':
      case 'closed':
      case undefined:
        return { errorType: 'Runtime.ExitError', errorMessage: `${prefix}Error: Runtime exited with error: ${exit}` };
    }
  }
}

function startProcess(options: ContainerOptions, runtimeApi: string): ChildProcess {
  const { definition, node } = options;
  const megabytes = definition.memoryMegabytes;
  const args = [
    // What Lambda's own runtime starts Node with, so that the heap ends before the memory does.
    `--max-semi-space-size=${Math.max(1, Math.floor(megabytes * 0.05))}`,
    `--max-old-space-size=${Math.floor(megabytes * 0.9)}`,
    '--require',
    PRELOAD,
    RUNTIME_CLIENT,
  ];
  const [program, ...before] = existsSync(BOUND_TO_PARENT) ? [BOUND_TO_PARENT, '--pdeathsig', 'KILL', node] : [node];
  return spawn(program ?? node, [...before, ...args], {
    cwd: definition.codeFolder,
    env: containerEnvironment(definition, { ...options, runtimeApi }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
