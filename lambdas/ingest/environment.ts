import {
  numberVariable,
  type StoreSettings,
  storeSettings,
  textVariable,
  type Variables,
} from '../adapters/lambda/function-environment.ts';

export type IngestEnvironment = StoreSettings & {
  readonly analyseQueueUrl: string;
  /** Its own. */
  readonly ingestQueueUrl: string;
  /** How often the ingest queue delivers a message. */
  readonly maxReceives: number;
};

/** Throws `internal` with a sentence that names the variable. */
export function ingestEnvironment(variables: Variables = process.env): IngestEnvironment {
  return {
    ...storeSettings(variables),
    analyseQueueUrl: textVariable(variables, 'CUEPOINT_ANALYSE_QUEUE_URL'),
    ingestQueueUrl: textVariable(variables, 'CUEPOINT_INGEST_QUEUE_URL'),
    maxReceives: numberVariable(variables, 'CUEPOINT_MAX_RECEIVES', { least: 1 }),
  };
}
