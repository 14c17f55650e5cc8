import {
  type StoreSettings,
  storeSettings,
  textVariable,
  type Variables,
} from '../adapters/lambda/function-environment.ts';

export type SweepEnvironment = StoreSettings & { readonly ingestQueueUrl: string };

/** Throws `internal` with a sentence that names the variable. */
export function sweepEnvironment(variables: Variables = process.env): SweepEnvironment {
  return { ...storeSettings(variables), ingestQueueUrl: textVariable(variables, 'CUEPOINT_INGEST_QUEUE_URL') };
}
