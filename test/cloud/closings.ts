/** What has been started, to be ended in the opposite order. */
export class Closings {
  readonly #steps: { readonly what: string; readonly close: () => Promise<void> | void }[] = [];

  add(what: string, close: () => Promise<void> | void): void {
    this.#steps.push({ what, close });
  }

  /** Tries them all; throws an AggregateError that names those that failed. */
  async close(): Promise<void> {
    const failures: Error[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const { what } = step;
      try {
        await step.close();
      } catch (cause) {
        failures.push(new Error(`${what} could not be closed: ${String(cause)}`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}
