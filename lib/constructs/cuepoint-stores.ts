import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { TrackTable } from './track-table.ts';

/** What all functions work on. */
export type CuepointStores = {
  readonly sources: IBucket;
  readonly media: IBucket;
  readonly table: TrackTable;
};
