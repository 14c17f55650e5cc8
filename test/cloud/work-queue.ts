/**
 * A standard SQS queue: at least once, in no promised order, a visibility timeout, redrive to dead letters.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
 */
import { createHash, randomUUID } from 'node:crypto';
import type { QueueClock } from './queue-clock.ts';
import { Disturbances } from './queue-disturbances.ts';

export type QueueOptions = {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly clock: QueueClock;
  readonly visibilityTimeoutMs: number;
  readonly delayMs: number;
  /** Where messages go that were received `maxReceives` times and not deleted. */
  readonly redrive?: { readonly deadLetters: () => WorkQueue; readonly maxReceives: number };
};

type StoredMessage = {
  readonly id: string;
  readonly body: string;
  readonly sentMs: number;
  visibleFromMs: number;
  receives: number;
  firstReceivedMs: number | undefined;
  receiptHandle: string | undefined;
};

export type ReceivedMessage = {
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  readonly receiptHandle: string;
  readonly receives: number;
  readonly sentMs: number;
  readonly firstReceivedMs: number;
};

export type QueueState = {
  readonly visible: number;
  /** Received, and neither deleted nor timed out. */
  readonly inFlight: number;
  /** Sent, and not to be received yet. */
  readonly delayed: number;
  /** Kept back by `hold`. */
  readonly held: number;
};

export class WorkQueue {
  readonly options: QueueOptions;
  readonly disturbances = new Disturbances();
  #messages: StoredMessage[] = [];
  #held: string[] | undefined;
  #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: QueueOptions) {
    this.options = options;
    options.clock.onAdvance(() => this.#wake());
  }

  /** Gives the message's id. */
  send(body: string, delayMs = this.options.delayMs): string {
    const id = randomUUID();
    if (this.#held !== undefined) {
      this.#held.push(body);
      return id;
    }
    for (const extraDelayMs of this.disturbances.deliveries(body)) this.#store(id, body, delayMs + extraDelayMs);
    this.#wake();
    return id;
  }

  /** Up to `limit` messages that are visible now; they stay hidden for the visibility timeout. */
  receive(limit: number): ReceivedMessage[] {
    this.#moveExhausted();
    const now = this.options.clock.now();
    const batch = this.#messages.filter(({ visibleFromMs }) => visibleFromMs <= now).slice(0, limit);
    return batch.map((message) => {
      const receiptHandle = randomUUID();
      message.receiptHandle = receiptHandle;
      message.receives++;
      message.firstReceivedMs ??= now;
      message.visibleFromMs = now + this.options.visibilityTimeoutMs;
      const { id, body, receives, sentMs, firstReceivedMs } = message;
      return { id, body, md5: md5(body), receiptHandle, receives, sentMs, firstReceivedMs };
    });
  }

  /** By the handle of its latest receive; an older one deletes nothing. */
  delete(receiptHandle: string): boolean {
    const left = this.#messages.filter((message) => message.receiptHandle !== receiptHandle);
    const deleted = left.length < this.#messages.length;
    this.#messages = left;
    return deleted;
  }

  /** Of a message that is in flight, by the handle of its latest receive: `timeoutMs` from now. False for any other. */
  changeVisibility(receiptHandle: string, timeoutMs: number): boolean {
    const now = this.options.clock.now();
    const message = this.#messages.find((candidate) => candidate.receiptHandle === receiptHandle);
    if (message === undefined || message.visibleFromMs <= now) return false;
    message.visibleFromMs = now + timeoutMs;
    this.#wake();
    return true;
  }

  /** Resolves once a message is visible; at once when the signal is aborted. */
  async untilVisible(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.state().visible === 0) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
        this.#wakeWhenNextIsVisible();
      });
    }
  }

  state(): QueueState {
    this.#moveExhausted();
    const now = this.options.clock.now();
    const hidden = this.#messages.filter(({ visibleFromMs }) => visibleFromMs > now);
    const inFlight = hidden.filter(({ receives }) => receives > 0).length;
    return {
      visible: this.#messages.length - hidden.length,
      inFlight,
      delayed: hidden.length - inFlight,
      held: this.#held?.length ?? 0,
    };
  }

  /** Of all messages that are neither deleted nor held. */
  bodies(): string[] {
    return this.#messages.map(({ body }) => body);
  }

  /** From now on nothing that is sent arrives, until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  /** Everything held arrives, in the order that `arrange` makes of it. */
  release(arrange: (bodies: readonly string[]) => readonly string[] = (bodies) => bodies): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const body of arrange(held)) this.send(body);
  }

  /** What is in flight can be received again, as when its visibility timeout had passed. */
  expireVisibility(): void {
    const now = this.options.clock.now();
    for (const message of this.#messages) if (message.receives > 0) message.visibleFromMs = now;
    this.#wake();
  }

  purge(): void {
    this.#messages = [];
    this.disturbances.clear();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wake();
  }

  #store(id: string, body: string, delayMs: number): void {
    const sentMs = this.options.clock.now();
    this.#messages.push({
      id,
      body,
      sentMs,
      visibleFromMs: sentMs + delayMs,
      receives: 0,
      firstReceivedMs: undefined,
      receiptHandle: undefined,
    });
  }

  /** SQS moves a message when it would be received once more than allowed. */
  #moveExhausted(): void {
    const { redrive, clock } = this.options;
    if (redrive === undefined) return;
    const now = clock.now();
    const isExhausted = ({ receives, visibleFromMs }: StoredMessage) =>
      receives >= redrive.maxReceives && visibleFromMs <= now;
    const exhausted = this.#messages.filter(isExhausted);
    if (exhausted.length === 0) return;
    this.#messages = this.#messages.filter((message) => !isExhausted(message));
    for (const { body } of exhausted) redrive.deadLetters().send(body, 0);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #wakeWhenNextIsVisible(): void {
    clearTimeout(this.#timer);
    const now = this.options.clock.now();
    const nextMs = Math.min(...this.#messages.map(({ visibleFromMs }) => visibleFromMs));
    if (!Number.isFinite(nextMs)) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.min(nextMs - now, MAX_TIMER_MS)));
    this.#timer.unref();
  }
}

/** Node's timers take no more than 2^31 ms. */
const MAX_TIMER_MS = 60_000;

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
