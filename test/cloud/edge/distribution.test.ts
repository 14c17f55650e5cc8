import type { PlainProperties } from '../plain-values.ts';
import { BUCKET_ORIGIN, cachePolicy, type TestEdgeOptions, testEdge } from './edge-fixture.ts';

describe('what is not emulated stops it by name', () => {
  const behaviour = (changes: PlainProperties) => ({ behaviour: changes });
  test.each<[name: string, options: Omit<TestEdgeOptions, 'servers'>]>([
    ['DefaultCacheBehavior.ForwardedValues', behaviour({ ForwardedValues: {} })],
    [
      'DefaultCacheBehavior.Compress',
      { ...behaviour({ Compress: true }), policy: cachePolicy({ parameters: { EnableAcceptEncodingGzip: true } }) },
    ],
    ['DefaultCacheBehavior.TrustedSigners', behaviour({ TrustedSigners: ['self'] })],
    ['DefaultCacheBehavior.LambdaFunctionAssociations', behaviour({ LambdaFunctionAssociations: [{}] })],
    ['DefaultCacheBehavior.CachedMethods', behaviour({ CachedMethods: ['GET', 'HEAD', 'OPTIONS'] })],
    ['DefaultCacheBehavior.CachePolicyId', behaviour({ CachePolicyId: 'nobody knows it' })],
    ['DefaultCacheBehavior.FieldLevelEncryptionId', behaviour({ FieldLevelEncryptionId: 'x' })],
    ['DistributionConfig.WebACLId', { config: { WebACLId: 'arn' } }],
    [
      'CustomErrorResponses[0].ResponsePagePath',
      { config: { CustomErrorResponses: [{ ErrorCode: 404, ResponsePagePath: '/x' }] } },
    ],
    [
      'GeoRestriction.RestrictionType',
      { config: { Restrictions: { GeoRestriction: { RestrictionType: 'whitelist' } } } },
    ],
    [
      'Origins[0].ResponseCompletionTimeout',
      { config: { Origins: [{ ...BUCKET_ORIGIN, ResponseCompletionTimeout: 5 }] } },
    ],
    [
      'HeadersConfig.HeaderBehavior',
      { policy: cachePolicy({ parameters: { HeadersConfig: { HeaderBehavior: 'some' } } }) },
    ],
  ])('%s', async (name, options) => {
    await expect(testEdge({ servers: {}, ...options })).rejects.toThrow(name);
  });
});
