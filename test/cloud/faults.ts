/** What may go wrong on the way between a function and AWS: chosen by rule, for a bounded number of calls. */
import type { ServiceCall } from './service-call.ts';

export type FaultKind =
  /** S3: 503 SlowDown. DynamoDB: 400 ThrottlingException. SQS: 400 RequestThrottled. Nothing is forwarded. */
  | 'refuse'
  /** Forwarded after `delayMs`. */
  | 'delay'
  /** The connection ends before anything is forwarded. */
  | 'cut-before'
  /** Forwarded and done; the connection ends before the function hears of it. */
  | 'cut-after'
  /** The function's process is killed, and nothing is forwarded. */
  | 'kill-before'
  /** Forwarded and done; then the function's process is killed. */
  | 'kill-after';

export type FaultRule = {
  readonly kind: FaultKind;
  /** Logical id of the function, or its beginning. @default - every function */
  readonly functionId?: string;
  /** @default - every call of the function's own */
  readonly matches?: (call: ServiceCall) => boolean;
  /** Matching calls to let pass first. @default 0 */
  readonly skip?: number;
  /** How many calls it happens to. */
  readonly times: number;
  readonly delayMs?: number;
};

export type InjectedFault = {
  /** How often it happened. */
  readonly hits: number;
  /** Matching calls, those that passed included. */
  readonly seen: number;
  remove(): void;
};

type Active = { readonly rule: FaultRule; seen: number; hits: number };

export class Faults {
  #active: Active[] = [];
  #injected = 0;

  /** All that happened so far, whatever was removed since. */
  get injected(): number {
    return this.#injected;
  }

  add(rule: FaultRule): InjectedFault {
    const active: Active = { rule, seen: 0, hits: 0 };
    this.#active.push(active);
    return {
      get hits() {
        return active.hits;
      },
      get seen() {
        return active.seen;
      },
      remove: () => {
        this.#active = this.#active.filter((other) => other !== active);
      },
    };
  }

  clear(): void {
    this.#active = [];
  }

  /** What is to happen to this call: the first rule that fits and is not used up. Each rule that fits counts it. */
  next(functionId: string, call: ServiceCall): FaultRule | undefined {
    let chosen: FaultRule | undefined;
    for (const active of this.#active) {
      const { rule } = active;
      if (!functionId.startsWith(rule.functionId ?? '') || rule.matches?.(call) === false) continue;
      active.seen++;
      if (chosen !== undefined || active.seen <= (rule.skip ?? 0) || active.hits >= rule.times) continue;
      active.hits++;
      this.#injected++;
      chosen = rule;
    }
    return chosen;
  }
}
