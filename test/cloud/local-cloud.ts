import type { CallLog, RecordedCall } from './call-log.ts';
import type { Closings } from './closings.ts';
import type { Edge } from './edge/start-edge.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { Faults } from './faults.ts';
import type { Foundation } from './foundation.ts';
import type { InvocationResult } from './function-container.ts';
import type { FunctionHost } from './function-host.ts';
import type { Grant } from './iam.ts';
import type { Notifications } from './notifications.ts';
import type { QueueClock } from './queue-clock.ts';
import type { Schedule } from './schedules.ts';
import type { RunningServices } from './services/running-services.ts';
import type { StoreClients } from './stores.ts';
import type { Template } from './template.ts';
import type { WorkQueue } from './work-queue.ts';

export type CloudParts = {
  readonly foundation: Foundation;
  readonly hosts: readonly FunctionHost[];
  readonly mappings: readonly EventSourceMapping[];
  readonly schedules: readonly Schedule[];
  readonly notifications: Notifications;
  readonly closings: Closings;
  readonly edge: Edge | undefined;
};

export type UnusedGrant = Pick<Grant, 'action' | 'resource'> & { readonly functionId: string };

const QUIET_CHECK_INTERVAL_MS = 20;
/** In a row: a message may be on its way from one queue to the next. */
const QUIET_CHECKS = 5;

/** A running stack. Functions are named by their logical id or its beginning, as the template has it. */
export class LocalCloud {
  readonly template: Template;
  readonly services: RunningServices;
  /** With all rights, as the account's owner has. */
  readonly clients: StoreClients;
  readonly faults: Faults;
  readonly callLog: CallLog;
  /** Moves the queues' time on: visibility timeouts and delays. */
  readonly queueClock: QueueClock;
  readonly #parts: CloudParts;

  constructor(parts: CloudParts) {
    const { template, services, clients, faults, calls, queues } = parts.foundation;
    this.#parts = parts;
    this.template = template;
    this.services = services;
    this.clients = clients;
    this.faults = faults;
    this.callLog = calls;
    this.queueClock = queues.clock;
  }

  get edgeUrl(): string {
    return this.#edge.url;
  }

  /** What the origins told the edge that HTTP does not allow, in sentences. */
  get originFaults(): readonly string[] {
    return this.#edge.originFaults();
  }

  /** One of the stack's outputs, by its logical id. */
  output(name: string): string {
    const value = this.template.outputs.get(name);
    if (value !== undefined) return value;
    throw new Error(`the stack has no output ${name}; it has: ${[...this.template.outputs.keys()].join(', ')}`);
  }

  get sourceBucket(): string {
    return this.output('SourceBucketName');
  }

  get mediaBucket(): string {
    return this.output('MediaBucketName');
  }

  get table(): string {
    return this.output('TableName');
  }

  calls(functionId = ''): RecordedCall[] {
    return this.callLog.all().filter((call) => call.functionId.startsWith(functionId));
  }

  /** How invocations ended, in that order. */
  results(functionId = ''): InvocationResult[] {
    return this.#hosts(functionId).flatMap(({ results }) => results);
  }

  /** The queue that feeds this function. */
  queueOf(functionId: string): WorkQueue {
    const host = this.host(functionId);
    const mapping = this.#parts.mappings.find((candidate) => candidate.host === host);
    if (mapping === undefined) throw new Error(`no queue feeds ${functionId}`);
    return mapping.queue;
  }

  deadLettersOf(functionId: string): WorkQueue {
    return this.#parts.foundation.queues.deadLettersOf(this.queueOf(functionId));
  }

  get queues(): WorkQueue[] {
    return this.#parts.foundation.queues.all();
  }

  /** Events that the object store told of. */
  get notified(): number {
    return this.#parts.notifications.received;
  }

  host(functionId: string): FunctionHost {
    const hosts = this.#hosts(functionId);
    const [host] = hosts;
    if (host !== undefined && hosts.length === 1) return host;
    const ids = this.#parts.hosts.map(({ definition }) => definition.logicalId).join(', ');
    throw new Error(`"${functionId}" is the beginning of ${hosts.length} functions' names; there are: ${ids}`);
  }

  invoke(functionId: string, event: unknown): Promise<InvocationResult> {
    return this.host(functionId).invoke(JSON.stringify(event));
  }

  /** All schedules, or the one whose logical id begins so. */
  async runSchedule(logicalId = ''): Promise<InvocationResult[]> {
    const chosen = this.#parts.schedules.filter((schedule) => schedule.logicalId.startsWith(logicalId));
    if (chosen.length === 0) throw new Error(`the stack has no schedule ${logicalId}`);
    const results: InvocationResult[] = [];
    for (const schedule of chosen) results.push(...(await schedule.run()));
    return results;
  }

  /** All containers, or those of one function, as when machines fail. Gives how many there were. */
  killFunctions(functionId = ''): number {
    return this.#hosts(functionId).reduce((sum, host) => sum + host.killAll(), 0);
  }

  /**
   * Resolves once no queue that feeds a function has a message to give and no message is being worked on. What failed and
   * waits for its visibility timeout counts as quiet. Throws when it does not come to that in time.
   */
  async untilQuiet(timeoutMs = 60_000): Promise<void> {
    const deadlineMs = Date.now() + timeoutMs;
    for (let quiet = 0; quiet < QUIET_CHECKS; ) {
      quiet = this.#isQuiet() ? quiet + 1 : 0;
      if (Date.now() > deadlineMs) {
        const states = this.queues.map((queue) => `${queue.options.name}: ${JSON.stringify(queue.state())}`);
        throw new Error(`the queues are not quiet after ${timeoutMs} ms: ${states.join('; ')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, QUIET_CHECK_INTERVAL_MS));
    }
  }

  /** Calls that the roles' policies do not allow; AWS would have refused them, and so did this cloud. */
  deniedCalls(): RecordedCall[] {
    return this.callLog.all().filter(({ allowed }) => !allowed);
  }

  /** What the functions' roles are granted and no call so far has needed. */
  unusedGrants(): UnusedGrant[] {
    return this.#parts.hosts.flatMap(({ definition, policies }) => {
      const needed = this.callLog.of(definition.logicalId).flatMap((call) => call.needed);
      return policies
        .unused(needed)
        .map(({ action, resource }) => ({ functionId: definition.logicalId, action, resource }));
    });
  }

  /** Ends everything that was started, and takes the buckets and tables away unless they were to be kept. */
  close(): Promise<void> {
    return this.#parts.closings.close();
  }

  get #edge(): Edge {
    if (this.#parts.edge === undefined) throw new Error('this cloud was started without an edge');
    return this.#parts.edge;
  }

  #isQuiet(): boolean {
    return this.#parts.mappings.every(({ queue, busy }) => {
      const { visible, delayed } = queue.state();
      return busy === 0 && visible === 0 && delayed === 0;
    });
  }

  #hosts(functionId: string): FunctionHost[] {
    return this.#parts.hosts.filter(({ definition }) => definition.logicalId.startsWith(functionId));
  }
}
