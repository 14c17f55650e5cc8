import { S3ObjectStore } from '../../../lambdas/adapters/aws/s3-object-store.ts';
import { engineS3Client, s3Endpoint } from './engine-clients.ts';
import { type Fault, type ProxiedRequest, startProxy } from './engine-proxy.ts';

export type WatchedStore = {
  readonly store: S3ObjectStore;
  /** What it has asked of the engine so far. */
  readonly requests: ProxiedRequest[];
  close(): Promise<void>;
};

/** A bucket through somebody who counts, or answers in the engine's place. */
export async function watchedStore(
  bucket: string,
  faultOf: (request: ProxiedRequest) => Fault | undefined,
  isTransient: (key: string) => boolean = () => false,
): Promise<WatchedStore> {
  const proxy = await startProxy(s3Endpoint(), faultOf);
  const client = engineS3Client(proxy.url);
  return {
    store: new S3ObjectStore({ client, bucket, isTransient }),
    requests: proxy.requests,
    close: async () => {
      client.destroy();
      await proxy.close();
    },
  };
}
