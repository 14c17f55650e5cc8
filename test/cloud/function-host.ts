/** Lambda, for one function: containers as they are needed, each for one invocation at a time, kept warm. */
import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CallingContainer, startAwsEndpoint } from './aws-endpoint.ts';
import type { CallLog, RecordedCall } from './call-log.ts';
import type { Faults } from './faults.ts';
import { FunctionContainer, type InvocationResult } from './function-container.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { FunctionLog } from './function-log.ts';
import type { RolePolicies } from './iam.ts';
import { freePort, type LoopbackServer } from './loopback-server.ts';
import { ACCOUNT_ID, REGION } from './physical-names.ts';
import type { ArnOf, Service } from './service-call.ts';

/** Of synchronous calls; asynchronous ones take less. */
const MAX_REQUEST_BYTES = 6 * 2 ** 20;

/** Reserved concurrency is used up: Lambda's TooManyRequestsException. */
export class FunctionThrottled extends Error {}
/** Lambda's RequestTooLargeException. */
export class RequestTooLarge extends Error {}

export type FunctionHostOptions = {
  readonly definition: FunctionDefinition;
  readonly policies: RolePolicies;
  readonly node: string;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly arnOf: ArnOf;
  readonly engines: Readonly<Record<Service, string>>;
  readonly queueOrigin: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly logFolder: string;
  /** What this machine can bear; beyond it invocations wait, where Lambda would start one more. */
  readonly maxContainers: number;
};

export class FunctionHost {
  readonly definition: FunctionDefinition;
  readonly policies: RolePolicies;
  readonly results: InvocationResult[] = [];
  readonly #options: FunctionHostOptions;
  readonly #endpoint: LoopbackServer;
  readonly #traces: TraceSink;
  readonly #log: FunctionLog;
  readonly #containers = new Set<FunctionContainer>();
  readonly #idle: FunctionContainer[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #temporaryFolder = mkdtempSync(join(tmpdir(), 'cuepoint-cloud-'));
  #starting = 0;
  #isClosed = false;

  static async start(options: FunctionHostOptions): Promise<FunctionHost> {
    const found: { host?: FunctionHost } = {};
    const container = (id: string) => found.host?.container(id);
    const { definition, policies, calls, faults, arnOf, engines } = options;
    const functionId = definition.logicalId;
    const endpoint = await startAwsEndpoint({ functionId, policies, calls, faults, arnOf, engines, container });
    const traces = await startTraceSink(() => found.host?.recordTrace());
    found.host = new FunctionHost(options, endpoint, traces);
    return found.host;
  }

  private constructor(options: FunctionHostOptions, endpoint: LoopbackServer, traces: TraceSink) {
    this.#options = options;
    this.definition = options.definition;
    this.policies = options.policies;
    this.#endpoint = endpoint;
    this.#traces = traces;
    this.#log = new FunctionLog(options.logFolder, options.definition.logicalId);
  }

  /** Where the function finds AWS, and where its presigned links lead. */
  get awsEndpoint(): string {
    return this.#endpoint.origin;
  }

  /** Throws `RequestTooLarge` and `FunctionThrottled`; all that the function does wrong is in the result. */
  async invoke(payload: string): Promise<InvocationResult> {
    const byteLength = Buffer.byteLength(payload);
    if (byteLength > MAX_REQUEST_BYTES) {
      throw new RequestTooLarge(`the payload has ${byteLength} bytes; Lambda takes ${MAX_REQUEST_BYTES}`);
    }
    const container = await this.#acquire();
    const result = await container.invoke(randomUUID(), payload);
    this.results.push(result);
    if (this.definition.isTraced) this.recordTrace();
    this.#release(container);
    return result;
  }

  /** Every container, as when machines fail. What they were doing fails with them. */
  killAll(): number {
    const alive = [...this.#containers].filter(({ isAlive }) => isAlive);
    for (const container of alive) container.kill();
    return alive.length;
  }

  container(id: string): CallingContainer | undefined {
    return [...this.#containers].find((container) => container.id === id);
  }

  /** What Lambda does in the function's name, with its role. */
  recordPlatformCall(
    call: Pick<RecordedCall, 'service' | 'operation' | 'writes'>,
    action: string,
    resource: string,
  ): void {
    const { policies, calls, definition } = this.#options;
    const needed = [{ action, resource }];
    const allowed = needed.every((permission) => policies.allows(permission));
    calls.add({ ...call, functionId: definition.logicalId, by: 'platform', needed, allowed, status: 200, ms: 0 });
  }

  recordTrace(): void {
    for (const operation of ['PutTraceSegments', 'PutTelemetryRecords']) {
      this.recordPlatformCall({ service: 'xray', operation, writes: true }, `xray:${operation}`, '*');
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#containers].map((container) => container.close()));
    await this.#endpoint.close();
    await this.#traces.close();
    await this.#log.close();
    rmSync(this.#temporaryFolder, { recursive: true, force: true });
  }

  async #acquire(): Promise<FunctionContainer> {
    while (!this.#isClosed) {
      const idle = this.#idle.pop();
      if (idle?.isAlive) return idle;
      if (idle !== undefined) {
        this.#forget(idle);
        continue;
      }
      const { reservedConcurrency } = this.definition;
      const count = this.#containers.size + this.#starting;
      if (reservedConcurrency !== undefined && count >= reservedConcurrency) {
        throw new FunctionThrottled(`${this.definition.logicalId} runs ${count} times already; Rate Exceeded.`);
      }
      if (count < this.#options.maxContainers) return this.#startContainer();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    throw new Error(`${this.definition.logicalId} is closed`);
  }

  #release(container: FunctionContainer): void {
    if (container.isAlive) this.#idle.push(container);
    else this.#forget(container);
    this.#waiting.shift()?.();
  }

  #forget(container: FunctionContainer): void {
    this.#containers.delete(container);
    container.close().catch(() => {});
  }

  async #startContainer(): Promise<FunctionContainer> {
    const { definition, node, queueOrigin, credentials } = this.#options;
    this.#starting++;
    try {
      const containerId = `c${randomUUID().replaceAll('-', '').slice(0, 16)}`;
      const container = await FunctionContainer.start({
        definition,
        node,
        containerId,
        log: this.#log,
        awsEndpoint: this.#endpoint.origin,
        queueOrigin,
        traceAddress: `127.0.0.1:${this.#traces.port}`,
        temporaryFolder: join(this.#temporaryFolder, containerId),
        ...credentials,
      });
      this.#containers.add(container);
      this.#recordLogging(containerId);
      return container;
    } finally {
      this.#starting--;
    }
  }

  #recordLogging(stream: string): void {
    const arn = `arn:aws:logs:${REGION}:${ACCOUNT_ID}:log-group:${this.definition.logGroup}:log-stream:${stream}`;
    for (const operation of ['CreateLogStream', 'PutLogEvents']) {
      this.recordPlatformCall({ service: 'logs', operation, writes: true }, `logs:${operation}`, arn);
    }
  }
}

type TraceSink = { readonly port: number; close(): Promise<void> };

/** Takes the place of the X-Ray daemon: segments are counted and thrown away. */
async function startTraceSink(onSegment: () => void): Promise<TraceSink> {
  const socket: Socket = createSocket('udp4');
  const port = await freePort();
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', resolve);
  });
  socket.on('message', onSegment);
  return { port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}
