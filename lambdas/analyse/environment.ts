import {
  numberVariable,
  type StoreSettings,
  storeSettings,
  textVariable,
  type Variables,
  yesOrNoVariable,
} from '../adapters/lambda/function-environment.ts';

export type AnalyseEnvironment = StoreSettings & {
  /** Its own queue: what it has published is to be analysed, and long analyses go on in a later run. */
  readonly analyseQueueUrl: string;
  /** How often the analyse queue delivers a message. */
  readonly maxReceives: number;
  /** Whether it was deployed with the native decoder. */
  readonly nativeDecoding: boolean;
};

/** Throws `internal` with a sentence that names the variable. */
export function analyseEnvironment(variables: Variables = process.env): AnalyseEnvironment {
  return {
    ...storeSettings(variables),
    analyseQueueUrl: textVariable(variables, 'CUEPOINT_ANALYSE_QUEUE_URL'),
    maxReceives: numberVariable(variables, 'CUEPOINT_MAX_RECEIVES', { least: 1 }),
    nativeDecoding: yesOrNoVariable(variables, 'CUEPOINT_NATIVE_DECODING'),
  };
}
