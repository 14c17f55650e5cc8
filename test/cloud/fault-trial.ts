import { wavFile } from '../support/audio-fixtures.ts';
import { type CloudTarget, startCloudTarget } from './cloud-target.ts';
import { ExpectedSources, NO_LOSSES } from './expected-sources.ts';
import { FaultFigures } from './fault-figures.ts';
import type { WorkQueue } from './work-queue.ts';

export const INGEST = 'CuepointIngest';
export const ANALYSE = 'CuepointAnalyse';

/** A message that failed so often is moved to the dead letters when its time comes once more. */
const MAX_RECEIVES = 5;

/** A file of four chunks: small, and with every kind of object that a revision has. */
const SECONDS = 35;

/** A cloud in which things go wrong, and what has to hold of it after each. */
export class FaultTrial {
  readonly target: CloudTarget;
  readonly sources: ExpectedSources;
  readonly ingestQueue: WorkQueue;
  readonly #figures = new FaultFigures();
  #seed = 100;

  static async start(): Promise<FaultTrial> {
    return new FaultTrial(await startCloudTarget({ location: 'objects' }));
  }

  private constructor(target: CloudTarget) {
    this.target = target;
    this.sources = new ExpectedSources(target);
    this.ingestQueue = target.cloud.queueOf(INGEST);
  }

  /** Prints the figures of all that was tried. */
  async close(): Promise<void> {
    this.#figures.print(this.sources.chunksChecked);
    await this.target.close();
  }

  clear(): void {
    this.target.cloud.faults.clear();
    this.ingestQueue.disturbances.clear();
  }

  /** Never the same twice. */
  audio(seconds = SECONDS): Uint8Array {
    return wavFile(seconds, { seed: this.#seed++ });
  }

  /** What time brings first: messages that failed come again, until they are given up. */
  async timePasses(): Promise<void> {
    const { cloud } = this.target;
    await cloud.untilQuiet();
    const queues = [this.ingestQueue, cloud.queueOf(ANALYSE)];
    const isWaiting = () => queues.some((queue) => queue.state().inFlight > 0);
    for (let again = 0; again < MAX_RECEIVES && isWaiting(); again++) {
      for (const queue of queues) queue.expireVisibility();
      await cloud.untilQuiet();
    }
  }

  /** And then the sweeps, one a letter of ids, in one. */
  async sweep(): Promise<void> {
    const { error } = await this.target.cloud.invoke('CuepointSweep', { everything: true });
    if (error !== undefined) throw new Error(JSON.stringify(error));
    await this.target.cloud.untilQuiet();
  }

  /** @param faults how many were injected since the last time */
  async expectAllIsWell(what: string, faults: number): Promise<void> {
    const losses = await this.sources.losses();
    this.#figures.add(what, faults, losses);
    expect([what, losses]).toEqual([what, NO_LOSSES]);
    for (const functionId of [INGEST, ANALYSE]) {
      expect([what, this.target.cloud.deadLettersOf(functionId).bodies()]).toEqual([what, []]);
    }
  }
}
