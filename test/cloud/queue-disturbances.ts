/** What may happen to messages on their way: lost, doubled, late. Each for a bounded number of messages. */

export type Disturbance = {
  readonly kind: 'drop' | 'duplicate' | 'delay';
  /** How many messages it happens to. */
  readonly times: number;
  /** Only to messages whose text this holds for. @default - to all */
  readonly matches?: (body: string) => boolean;
  /** How late the message, or its double, comes; with 0 a double comes at once. Ignored by `drop`. */
  readonly delayMs?: number;
};

type Pending = { readonly disturbance: Disturbance; left: number };

export class Disturbances {
  #pending: Pending[] = [];
  #done = 0;

  /** How many messages something happened to so far. */
  get count(): number {
    return this.#done;
  }

  add(disturbance: Disturbance): void {
    this.#pending.push({ disturbance, left: disturbance.times });
  }

  clear(): void {
    this.#pending = [];
  }

  /** When the message arrives, as delays in ms: once, twice or never. The first disturbance that fits is applied. */
  deliveries(body: string): number[] {
    const pending = this.#pending.find(({ disturbance, left }) => left > 0 && (disturbance.matches?.(body) ?? true));
    if (pending === undefined) return [0];
    pending.left--;
    this.#done++;
    const { kind, delayMs = 0 } = pending.disturbance;
    switch (kind) {
      case 'drop':
        return [];
      case 'duplicate':
        return [0, delayMs];
      case 'delay':
        return [delayMs];
    }
  }
}
