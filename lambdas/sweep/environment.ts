import {
  type StoreSettings,
  storeSettings,
  textVariable,
  type Variables,
  yesOrNoVariable,
} from '../adapters/lambda/function-environment.ts';

export type SweepEnvironment = StoreSettings & {
  readonly ingestQueueUrl: string;
  readonly analyseQueueUrl: string;
  /** Whether the analyse function was deployed with the native decoder. */
  readonly nativeDecoding: boolean;
};

/** Throws `internal` with a sentence that names the variable. */
export function sweepEnvironment(variables: Variables = process.env): SweepEnvironment {
  return {
    ...storeSettings(variables),
    ingestQueueUrl: textVariable(variables, 'CUEPOINT_INGEST_QUEUE_URL'),
    analyseQueueUrl: textVariable(variables, 'CUEPOINT_ANALYSE_QUEUE_URL'),
    nativeDecoding: yesOrNoVariable(variables, 'CUEPOINT_NATIVE_DECODING'),
  };
}
