/** The local cloud, as a target of the suites that the embedded host passes too. */
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { Target } from '../e2e/target.ts';
import type { AdversarialEdge } from './edge/ports.ts';
import { type LocalCloud, startCloud } from './start-cloud.ts';
import { type TestedLocation, testedAssembly } from './tested-assembly.ts';

/** The api knows a track for two seconds before it looks again (`headMaxAgeMs`). */
const STALE_MS = 2100;

export type CloudTarget = Target & { readonly cloud: LocalCloud };

export type CloudTargetOptions = {
  readonly location: TestedLocation;
  readonly adversarial?: AdversarialEdge;
};

export async function startCloudTarget({ location, adversarial }: CloudTargetOptions): Promise<CloudTarget> {
  const cloud = await startCloud({
    assemblyFolder: testedAssembly(location),
    ...(adversarial !== undefined && { adversarial }),
  });
  const { s3 } = cloud.clients;
  return {
    cloud,
    url: cloud.edgeUrl,
    location,
    hasCdn: true,
    links: 'bucket',
    staleMs: STALE_MS,
    async putSource(Key, bytes) {
      await s3.send(new PutObjectCommand({ Bucket: cloud.sourceBucket, Key, Body: bytes }));
    },
    async removeSource(Key) {
      await s3.send(new DeleteObjectCommand({ Bucket: cloud.sourceBucket, Key }));
    },
    damage: (key, byteLength) => damageObject(cloud, key, byteLength),
    originFaults: () => cloud.originFaults,
    close: () => cloud.close(),
  };
}

async function damageObject(cloud: LocalCloud, Key: string, byteLength: number | undefined): Promise<void> {
  const { s3 } = cloud.clients;
  const object = { Bucket: cloud.mediaBucket, Key };
  const { Body, ContentType, CacheControl } = await s3.send(new GetObjectCommand(object));
  const bytes = await Body?.transformToByteArray();
  if (byteLength === undefined || bytes === undefined) await s3.send(new DeleteObjectCommand(object));
  else
    await s3.send(new PutObjectCommand({ ...object, Body: bytes.subarray(0, byteLength), ContentType, CacheControl }));
}
