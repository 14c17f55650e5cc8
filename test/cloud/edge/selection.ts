import type { Properties } from '../plain-values.ts';
import { notEmulated } from './known-properties.ts';

/** Which query strings, headers or cookies a policy takes. Names of headers are in lower case. */
export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly names: readonly string[] }
  | { readonly kind: 'except'; readonly names: readonly string[] };

export const NONE: Selection = { kind: 'none' };
export const ALL: Selection = { kind: 'all' };

export function only(...names: string[]): Selection {
  return { kind: 'only', names };
}

export function except(...names: string[]): Selection {
  return { kind: 'except', names };
}

export function selects(selection: Selection, name: string): boolean {
  switch (selection.kind) {
    case 'none':
      return false;
    case 'all':
      return true;
    case 'only':
      return selection.names.includes(name);
    case 'except':
      return !selection.names.includes(name);
  }
}

/** `behaviour` and `names` are the two properties that say it, as in `QueryStringBehavior` and `QueryStrings`. */
export function readSelection(properties: Properties, behaviour: string, names: string): Selection {
  const listed = properties.texts(names);
  const kind = properties.text(behaviour);
  switch (kind) {
    case 'none':
      return NONE;
    case 'all':
    case 'allViewer':
      return ALL;
    case 'whitelist':
      return only(...listed);
    case 'allExcept':
      return except(...listed);
    default:
      throw notEmulated(properties, behaviour, 'known are none, all, allViewer, whitelist and allExcept');
  }
}

export function lowerCased(selection: Selection): Selection {
  if (selection.kind === 'none' || selection.kind === 'all') return selection;
  return { ...selection, names: selection.names.map((name) => name.toLowerCase()) };
}
