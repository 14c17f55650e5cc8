/**
 * A bounded number of writes under way at once, each on a lane with a resource of its own. `start` waits for a free
 * lane; the first failure is thrown by the next `start` or by `settle`, after which nothing new begins.
 */
export class WriteLanes<Resource> {
  readonly #free: Resource[];
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(resources: readonly Resource[]) {
    this.#free = [...resources];
  }

  async start(write: (resource: Resource) => Promise<void>): Promise<void> {
    while (this.#free.length === 0) await Promise.race(this.#running);
    if (this.#failure) throw this.#failure.error;
    const resource = this.#free.pop();
    if (resource === undefined) throw new RangeError('a lane was taken twice');
    const running: Promise<void> = write(resource)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#free.push(resource);
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Waits for all that is under way; throws the first failure. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure) throw this.#failure.error;
  }
}
