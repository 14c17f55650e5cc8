import type { Clock, Log } from '../../core/ports.ts';

type Fields = Readonly<Record<string, unknown>>;
type Level = 'info' | 'warn' | 'error';

export type JsonLogOptions = {
  /** Receives one line, without a line break, per event. */
  readonly write: (line: string) => void;
  readonly clock: Clock;
};

/**
 * One JSON object a line: `time` (ISO 8601), `level`, `event`, then the fields. Errors among the fields become
 * `{name, message, code?, cause?}`. Never throws because of what is logged.
 */
export class JsonLog implements Log {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;

  constructor(options: JsonLogOptions) {
    this.#write = options.write;
    this.#clock = options.clock;
  }

  info(event: string, fields?: Fields): void {
    this.#log('info', event, fields);
  }

  warn(event: string, fields?: Fields): void {
    this.#log('warn', event, fields);
  }

  error(event: string, fields?: Fields): void {
    this.#log('error', event, fields);
  }

  #log(level: Level, event: string, fields: Fields = {}): void {
    const fixed = { time: new Date(this.#clock.now()).toISOString(), level, event };
    let line: string;
    try {
      // `fixed` twice: first for its place in the line, then so that no field can pass itself off as the level.
      line = JSON.stringify({ ...fixed, ...fields, ...fixed }, printable);
    } catch (error) {
      // A circle, or a getter that throws: the event itself is worth more than its fields.
      line = JSON.stringify({ ...fixed, unprintable: error instanceof Error ? error.message : 'unknown' });
    }
    this.#write(line);
  }
}

function printable(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const code = (value as { readonly code?: unknown }).code;
  return {
    name: value.name,
    message: value.message,
    ...(code === undefined ? {} : { code }),
    ...(value.cause === undefined ? {} : { cause: value.cause }),
  };
}
