import type { Properties } from '../plain-values.ts';

/**
 * Throws for a property that this edge does not know: what it would do on CloudFront would be missing here, and nobody
 * would notice. `harmless` are those that change nothing that a viewer on the loopback could see.
 */
export function expectKnown(
  properties: Properties,
  { acted, harmless = [] }: { readonly acted: readonly string[]; readonly harmless?: readonly string[] },
): void {
  const unknown = Object.keys(properties.values).filter((name) => !acted.includes(name) && !harmless.includes(name));
  if (unknown.length === 0) return;
  const names = unknown.map((name) => `${properties.path}.${name}`).join(', ');
  throw new Error(`the local edge does not emulate ${names}; leave it out, or teach it to test/cloud/edge`);
}

/** A value that switches something on which is not emulated here. */
export function notEmulated(properties: Properties, name: string, why: string): Error {
  const value = JSON.stringify(properties.values[name]);
  return new Error(`the local edge does not emulate ${properties.path}.${name} = ${value}: ${why}`);
}
