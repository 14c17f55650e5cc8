import { CuepointError } from '../errors.ts';

/**
 * The store has the object and does not give its bytes, and will not until somebody does something about it: it is archived,
 * or encrypted by a key that may not be used. The message says what. Requests see `internal`, as they can do nothing.
 */
export class UnreadableObject extends CuepointError<'internal'> {
  constructor(message: string, options?: { cause?: unknown }) {
    super('internal', message, options);
  }
}
