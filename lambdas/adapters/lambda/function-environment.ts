/** Reads what the stack says to its functions. Each error names the variable, what it holds and what was expected. */
import type { ChunkingConfig } from '../../core/chunking/strategy.ts';
import { CuepointError } from '../../core/errors.ts';
import type { ChunkLocation } from '../../core/track/record.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** What every function knows. */
export type StoreSettings = {
  readonly sourceBucket: string;
  readonly mediaBucket: string;
  readonly table: string;
  readonly chunking: ChunkingConfig;
  readonly location: ChunkLocation;
  readonly retainReplacedMs: number;
};

export function storeSettings(variables: Variables): StoreSettings {
  return {
    sourceBucket: textVariable(variables, 'CUEPOINT_SOURCE_BUCKET'),
    mediaBucket: textVariable(variables, 'CUEPOINT_MEDIA_BUCKET'),
    table: textVariable(variables, 'CUEPOINT_TABLE'),
    chunking: chunkingVariable(variables, 'CUEPOINT_CHUNKING'),
    location: locationVariable(variables, 'CUEPOINT_LOCATION'),
    retainReplacedMs: numberVariable(variables, 'CUEPOINT_RETAIN_REPLACED_SECONDS', { least: 0 }) * 1000,
  };
}

export function textVariable(variables: Variables, name: string): string {
  const value = variables[name];
  if (value !== undefined && value !== '') return value;
  throw refused(variables, name, 'a text');
}

/** A whole number of at least `least`; `otherwise`, where given, when the variable is not set. */
export function numberVariable(
  variables: Variables,
  name: string,
  { least, otherwise }: { readonly least: number; readonly otherwise?: number },
): number {
  const value = variables[name];
  if (value === undefined && otherwise !== undefined) return otherwise;
  if (value !== undefined && /^\d{1,15}$/.test(value) && Number(value) >= least) return Number(value);
  throw refused(variables, name, `a whole number of at least ${least}`);
}

/** Throws for any other text, as for none. */
export function yesOrNoVariable(variables: Variables, name: string): boolean {
  const value = variables[name];
  if (value === 'yes' || value === 'no') return value === 'yes';
  throw refused(variables, name, 'yes or no');
}

/** The members of a JSON object. */
export function jsonVariable(variables: Variables, name: string): Readonly<Record<string, unknown>> {
  const value = parsed(variables[name]);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(variables, name, 'a JSON object');
}

export function refused(variables: Variables, name: string, expected: string): CuepointError<'internal'> {
  const value = variables[name];
  const received = value === undefined ? 'not set' : JSON.stringify(value);
  return new CuepointError('internal', `${name} is ${received}; expected ${expected}: deploy the stack again`);
}

function chunkingVariable(variables: Variables, name: string): ChunkingConfig {
  const { strategy, ...limits } = jsonVariable(variables, name);
  const number = (member: string): number => {
    const value = limits[member];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw refused(variables, name, `chunking of strategy ${strategy} with ${member}, a number`);
  };
  const limit = (member: string): number => {
    const value = number(member);
    if (value > 0) return value;
    throw refused(variables, name, `chunking of strategy ${strategy} with ${member}, a number above 0`);
  };
  switch (strategy) {
    case 'duration':
      return { strategy, targetSeconds: limit('targetSeconds'), maxChunkBytes: limit('maxChunkBytes') };
    case 'bytes':
      return { strategy, targetBytes: limit('targetBytes') };
    case 'silence':
      return {
        strategy,
        thresholdDb: number('thresholdDb'),
        minimumSilenceMs: limit('minimumSilenceMs'),
        minChunkSeconds: limit('minChunkSeconds'),
        maxChunkSeconds: limit('maxChunkSeconds'),
        maxChunkBytes: limit('maxChunkBytes'),
      };
    default:
      throw refused(variables, name, 'chunking of strategy duration, bytes or silence');
  }
}

function locationVariable(variables: Variables, name: string): ChunkLocation {
  const value = variables[name];
  if (value === 'objects' || value === 'windows') return value;
  throw refused(variables, name, 'objects or windows');
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
