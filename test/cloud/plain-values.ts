/** Reading plain JSON with a known shape: what is not as expected is named by its path, and what was found there. */
import type { PlainProperties, PlainValue } from './edge/ports.ts';

export type { PlainProperties, PlainValue } from './edge/ports.ts';

export function isProperties(value: PlainValue | undefined): value is PlainProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: PlainValue | undefined): value is readonly PlainValue[] {
  return Array.isArray(value);
}

/** Throws when `text` is no JSON. */
export function parsePlain(text: string): PlainValue {
  const parsed: PlainValue = JSON.parse(text);
  return parsed;
}

/** A view on one JSON object that knows where in the template it stands. */
export class Properties {
  readonly values: PlainProperties;
  readonly path: string;

  constructor(values: PlainProperties, path: string) {
    this.values = values;
    this.path = path;
  }

  static of(value: PlainValue | undefined, path: string): Properties {
    if (!isProperties(value)) throw wrong(path, 'an object', value);
    return new Properties(value, path);
  }

  text(name: string): string {
    const value = this.values[name];
    if (typeof value !== 'string') throw wrong(`${this.path}.${name}`, 'a string', value);
    return value;
  }

  textOr<T>(name: string, otherwise: T): string | T {
    return this.values[name] === undefined ? otherwise : this.text(name);
  }

  /** CloudFormation takes numbers and flags as strings too. */
  numberOr<T>(name: string, otherwise: T): number | T {
    const value = this.values[name];
    if (value === undefined) return otherwise;
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) throw wrong(`${this.path}.${name}`, 'a number', value);
    return number;
  }

  flagOr(name: string, otherwise: boolean): boolean {
    const value = this.values[name];
    if (value === undefined) return otherwise;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw wrong(`${this.path}.${name}`, 'true or false', value);
  }

  object(name: string): Properties {
    return Properties.of(this.values[name], `${this.path}.${name}`);
  }

  objectOr<T>(name: string, otherwise: T): Properties | T {
    return this.values[name] === undefined ? otherwise : this.object(name);
  }

  /** Absent: an empty list. One value stands for a list of one, as in policies. */
  list(name: string): readonly PlainValue[] {
    const value = this.values[name];
    if (value === undefined) return [];
    return isList(value) ? value : [value];
  }

  texts(name: string): string[] {
    return this.list(name).map((value, index) => {
      if (typeof value !== 'string') throw wrong(`${this.path}.${name}[${index}]`, 'a string', value);
      return value;
    });
  }

  objects(name: string): Properties[] {
    return this.list(name).map((value, index) => Properties.of(value, `${this.path}.${name}[${index}]`));
  }
}

function wrong(path: string, expected: string, value: PlainValue | undefined): Error {
  return new Error(`${path} is ${JSON.stringify(value)?.slice(0, 200) ?? 'missing'}; expected ${expected}`);
}
