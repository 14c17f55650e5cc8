/** What HTTP asks, on the synthesized stack: through the edge, on real S3 and DynamoDB. */
import { httpConformance } from '../http/conformance.ts';
import { startCloudTarget } from './cloud-target.ts';

for (const location of ['objects', 'windows'] as const) {
  httpConformance('the local cloud', location, async () => {
    const cloud = await startCloudTarget({ location });
    return {
      origin: cloud.url,
      isDirect: false,
      // Chunks that are objects the api puts together to the source; all else under /d/ is stored.
      isFromBucket: (path) => path.startsWith('/d/') && !(location === 'objects' && path.endsWith('/source')),
      linksToBucket: true,
      putSource: cloud.putSource,
      removeSource: cloud.removeSource,
      close: cloud.close,
    };
  });
}
