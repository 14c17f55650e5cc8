import type { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../../core/ports.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Members of every line, which Logger lets no field replace; a field of that name is kept under another one. */
const TAKEN: ReadonlySet<string> = new Set(['level', 'message', 'sampling_rate', 'service', 'timestamp']);

/** One JSON object a line, the event's name as its `message`, with what Logger knows of the invocation. */
export class PowertoolsLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  info(event: string, fields: Fields = {}): void {
    this.#logger.info(event, renamed(fields));
  }

  warn(event: string, fields: Fields = {}): void {
    this.#logger.warn(event, renamed(fields));
  }

  error(event: string, fields: Fields = {}): void {
    this.#logger.error(event, renamed(fields));
  }
}

function renamed(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [TAKEN.has(name) ? `event_${name}` : name, value]),
  );
}
