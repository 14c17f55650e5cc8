import type { TrackIndex } from '../../lambdas/core/ports.ts';
import { listingContract } from './track-index-listing.contract.ts';
import { pagesContract } from './track-index-pages.contract.ts';
import { recordsContract } from './track-index-records.contract.ts';

export type TrackIndexHarness = {
  /** Empty. */
  readonly index: TrackIndex;
  close(): Promise<void>;
};

/** What every TrackIndex keeps. */
export function trackIndexContract(name: string, makeHarness: () => Promise<TrackIndexHarness>): void {
  describe(`TrackIndex contract: ${name}`, () => {
    let harness: TrackIndexHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());
    const index = () => harness.index;

    recordsContract(index);
    listingContract(index);
    pagesContract(index);
  });
}
