import {
  numberVariable,
  type StoreSettings,
  storeSettings,
  type Variables,
} from '../adapters/lambda/function-environment.ts';

export type AnalyseEnvironment = StoreSettings & {
  /** How often the analyse queue delivers a message. */
  readonly maxReceives: number;
};

/** Throws `internal` with a sentence that names the variable. */
export function analyseEnvironment(variables: Variables = process.env): AnalyseEnvironment {
  return {
    ...storeSettings(variables),
    maxReceives: numberVariable(variables, 'CUEPOINT_MAX_RECEIVES', { least: 1 }),
  };
}
