/** Every call to AWS that the functions made, and those that Lambda makes in their name. */
import type { NeededPermission } from './iam.ts';
import type { Service } from './service-call.ts';

export type RecordedCall = {
  /** Logical id of the function. */
  readonly functionId: string;
  /**
   * `function`: its own code. `platform`: Lambda in its name (messages, logs, traces). `link`: somebody with a presigned
   * URL that it made, which is judged by its role.
   */
  readonly by: 'function' | 'platform' | 'link';
  /** Of the invocation during which it was made; absent between invocations, at the start, and for `link`. */
  readonly requestId?: string;
  readonly service: Service | 'logs' | 'xray';
  readonly operation: string;
  readonly needed: readonly NeededPermission[];
  readonly writes: boolean;
  /** What the role's policies say of it. Calls that are not allowed are refused, as AWS would. */
  readonly allowed: boolean;
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** Until the whole answer was passed on. */
  readonly ms: number;
  /** What was done to it, if anything. */
  readonly fault?: string;
};

export class CallLog {
  #calls: RecordedCall[] = [];

  add(call: RecordedCall): void {
    this.#calls.push(call);
  }

  /** All so far, in the order in which they ended. */
  all(): readonly RecordedCall[] {
    return this.#calls;
  }

  of(functionId: string): RecordedCall[] {
    return this.#calls.filter((call) => call.functionId === functionId);
  }

  during(requestId: string): RecordedCall[] {
    return this.#calls.filter((call) => call.requestId === requestId && call.by === 'function');
  }

  clear(): void {
    this.#calls = [];
  }
}
