/** Plain data (objects, lists, texts, numbers, booleans, bytes) as DynamoDB has it, and back. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * The attribute that holds `value`; members that are undefined are left out, and bytes copied. Throws RangeError for what
 * would not come back as it was (NaN, infinities, functions, dates …).
 */
export function toAttribute(value: unknown): AttributeValue {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { N: String(value) };
  if (value === null) return { NULL: true };
  if (value instanceof Uint8Array) return { B: value.slice() };
  if (Array.isArray(value)) return { L: value.map(toAttribute) };
  if (isPlainObject(value)) return { M: toAttributes(value) };
  throw new RangeError(`${String(value)} cannot be stored; give plain data`);
}

export function toAttributes(members: object): Record<string, AttributeValue> {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, toAttribute(value)]));
}

/** What `toAttribute` made the attribute of. Throws RangeError for kinds of attributes that it never makes. */
export function fromAttribute(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.NULL !== undefined) return null;
  // The client gives windows of larger buffers, of classes of its own.
  if (attribute.B !== undefined) return new Uint8Array(attribute.B);
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.M === undefined)
    throw new RangeError(`attributes of kind ${Object.keys(attribute)} are not known here`);
  return Object.fromEntries(Object.entries(attribute.M).map(([name, value]) => [name, fromAttribute(value)]));
}

function isPlainObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}
