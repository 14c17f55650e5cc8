import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { concurrencyContract } from './object-store-concurrency.contract.ts';
import { listingContract } from './object-store-listing.contract.ts';
import { modelContract } from './object-store-model.contract.ts';
import { readingContract } from './object-store-reading.contract.ts';
import { writingContract } from './object-store-writing.contract.ts';

export type ObjectStoreHarness = {
  /** Empty. */
  readonly store: ObjectStore;
  close(): Promise<void>;
};

/**
 * What every ObjectStore keeps. No key used here is the folder of another, which file systems cannot hold, and none has
 * a segment that begins with a dot.
 */
export function objectStoreContract(name: string, makeHarness: () => Promise<ObjectStoreHarness>): void {
  describe(`ObjectStore contract: ${name}`, () => {
    let harness: ObjectStoreHarness;
    beforeEach(async () => {
      harness = await makeHarness();
    });
    afterEach(() => harness.close());
    const store = () => harness.store;

    readingContract(store);
    writingContract(store);
    listingContract(store);
    concurrencyContract(store);
    modelContract(store);
  });
}
