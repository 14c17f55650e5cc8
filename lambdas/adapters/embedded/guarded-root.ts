import { statSync } from 'node:fs';
import { CuepointError } from '../../core/errors.ts';

/**
 * The folder that a store's objects lie in, watched: when it is gone, or another lies in its place (a disk that was
 * unmounted), that is `unavailable`, and not a store without objects. It must exist when it is made.
 */
export class GuardedRoot {
  readonly #path: string;
  readonly #identity: string;

  constructor(path: string) {
    this.#path = path;
    this.#identity = identityOf(path);
  }

  /** Throws `unavailable` when it is not the folder any more that it was. */
  check(): void {
    if (identityOf(this.#path) !== this.#identity) {
      throw new CuepointError('unavailable', `the folder ${this.#path} is gone or was replaced; bring it back`);
    }
  }
}

/** Device and inode; '' when there is no such folder. */
function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.dev}-${stats.ino}` : '';
}
