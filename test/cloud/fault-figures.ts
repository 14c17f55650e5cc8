/** How many faults of each kind were injected, and what was lost by them. */
import type { Losses } from './expected-sources.ts';

type Figure = { readonly what: string; readonly faults: number; readonly losses: Losses };

export class FaultFigures {
  readonly #figures: Figure[] = [];

  add(what: string, faults: number, losses: Losses): void {
    this.#figures.push({ what, faults, losses });
  }

  /** For the log, and for docs/reliability.md. */
  print(chunksChecked: number): void {
    const lines = this.#figures.map(({ what, faults, losses }) => {
      const { tracksLost, objectsLost, ghosts, unanalysed, orphans } = losses;
      const lost = [objectsLost, tracksLost, ghosts, unanalysed, orphans].map(({ length }) =>
        String(length).padStart(8),
      );
      return `${what.padEnd(74)}${String(faults).padStart(7)}${lost.join('')}`;
    });
    const head = `${'fault'.padEnd(74)} faults objects  tracks  ghosts unanal. orphans`;
    const total = this.#figures.reduce((sum, { faults }) => sum + faults, 0);
    const sum = `${total} faults injected; ${chunksChecked} chunks read and compared`;
    process.stdout.write(`\n${[head, ...lines, sum].join('\n')}\n`);
  }
}
