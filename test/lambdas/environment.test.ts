import { analyseEnvironment } from '../../lambdas/analyse/environment.ts';
import { apiEnvironment } from '../../lambdas/api/environment.ts';
import { DEFAULT_SILENCE_CHUNKING } from '../../lambdas/core/chunking/strategy.ts';
import { ingestEnvironment } from '../../lambdas/ingest/environment.ts';
import { sweepEnvironment } from '../../lambdas/sweep/environment.ts';

const ALL = {
  CUEPOINT_SOURCE_BUCKET: 'sources',
  CUEPOINT_MEDIA_BUCKET: 'media',
  CUEPOINT_TABLE: 'tracks',
  CUEPOINT_CHUNKING: '{"strategy":"duration","targetSeconds":10,"maxChunkBytes":8388608}',
  CUEPOINT_LOCATION: 'objects',
  CUEPOINT_RETAIN_REPLACED_SECONDS: '3600',
  CUEPOINT_ANALYSE_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/analyse',
  CUEPOINT_INGEST_QUEUE_URL: 'https://sqs.eu-central-1.amazonaws.com/1/ingest',
  CUEPOINT_MAX_RECEIVES: '5',
  CUEPOINT_NATIVE_DECODING: 'yes',
  CUEPOINT_MAX_BODY_BYTES: '1000000',
  CUEPOINT_LINK_SECONDS: '3600',
  CUEPOINT_SIGNING: '{"kind":"s3"}',
};

const STORES = {
  sourceBucket: 'sources',
  mediaBucket: 'media',
  table: 'tracks',
  chunking: { strategy: 'duration', targetSeconds: 10, maxChunkBytes: 8388608 },
  location: 'objects',
};

describe('what the stack says to its functions', () => {
  it('is read', () => {
    const stores = { ...STORES, retainReplacedMs: 3_600_000 };
    expect(ingestEnvironment(ALL)).toEqual({
      ...stores,
      analyseQueueUrl: ALL.CUEPOINT_ANALYSE_QUEUE_URL,
      ingestQueueUrl: ALL.CUEPOINT_INGEST_QUEUE_URL,
      maxReceives: 5,
    });
    const analyseQueueUrl = ALL.CUEPOINT_ANALYSE_QUEUE_URL;
    expect(analyseEnvironment(ALL)).toEqual({
      ...stores,
      analyseQueueUrl,
      maxReceives: 5,
      nativeDecoding: true,
    });
    expect(sweepEnvironment(ALL)).toEqual({
      ...stores,
      ingestQueueUrl: ALL.CUEPOINT_INGEST_QUEUE_URL,
      analyseQueueUrl: ALL.CUEPOINT_ANALYSE_QUEUE_URL,
      nativeDecoding: true,
    });
    expect(sweepEnvironment({ ...ALL, CUEPOINT_NATIVE_DECODING: 'no' }).nativeDecoding).toBe(false);
    expect(apiEnvironment(ALL)).toEqual({
      ...STORES,
      maxBodyBytes: 1_000_000,
      linkSeconds: 3600,
      signing: { kind: 's3' },
    });
  });

  it('the longest body has a default', () => {
    const { CUEPOINT_MAX_BODY_BYTES: _, ...others } = ALL;
    expect(apiEnvironment(others).maxBodyBytes).toBe(4 * 1024 * 1024);
  });

  it('the origins that pages may be of are a list, or any', () => {
    const CUEPOINT_ALLOWED_ORIGINS = '["https://player.example","http://localhost:5173"]';
    expect(apiEnvironment({ ...ALL, CUEPOINT_ALLOWED_ORIGINS }).allowedOrigins).toEqual([
      'https://player.example',
      'http://localhost:5173',
    ]);
    expect(apiEnvironment(ALL).allowedOrigins).toBeUndefined();
  });

  it.each([
    ['{"kind":"s3"}', { kind: 's3' }],
    [
      '{"kind":"cloudfront","keyPairId":"K1","privateKeySecretArn":"arn:aws:secretsmanager:x"}',
      { kind: 'cloudfront', keyPairId: 'K1', privateKeySecretArn: 'arn:aws:secretsmanager:x' },
    ],
  ])('CUEPOINT_SIGNING %s is understood', (text, signing) => {
    expect(apiEnvironment({ ...ALL, CUEPOINT_SIGNING: text }).signing).toEqual(signing);
  });

  it.each([
    ['{"strategy":"bytes","targetBytes":1000}', { strategy: 'bytes', targetBytes: 1000 }],
    [JSON.stringify(DEFAULT_SILENCE_CHUNKING), DEFAULT_SILENCE_CHUNKING],
    [
      '{"strategy":"duration","targetSeconds":0.5,"maxChunkBytes":1}',
      { strategy: 'duration', targetSeconds: 0.5, maxChunkBytes: 1 },
    ],
  ])('CUEPOINT_CHUNKING %s is understood', (text, chunking) => {
    expect(sweepEnvironment({ ...ALL, CUEPOINT_CHUNKING: text }).chunking).toEqual(chunking);
  });

  const read: Record<string, (variables: Readonly<Record<string, string | undefined>>) => unknown> = {
    ingest: ingestEnvironment,
    analyse: analyseEnvironment,
    sweep: sweepEnvironment,
    api: apiEnvironment,
  };
  it.each([
    ['ingest', 'CUEPOINT_SOURCE_BUCKET', undefined, 'not set; expected a text'],
    ['analyse', 'CUEPOINT_MEDIA_BUCKET', '', '""; expected a text'],
    ['sweep', 'CUEPOINT_TABLE', undefined, 'not set'],
    ['ingest', 'CUEPOINT_CHUNKING', 'ten seconds', '"ten seconds"; expected a JSON object'],
    ['ingest', 'CUEPOINT_CHUNKING', '[]', 'expected a JSON object'],
    ['ingest', 'CUEPOINT_CHUNKING', '{"strategy":"moods"}', 'expected chunking of strategy'],
    ['ingest', 'CUEPOINT_CHUNKING', '{"strategy":"bytes","targetBytes":0}', 'targetBytes, a number above 0'],
    ['ingest', 'CUEPOINT_CHUNKING', '{"strategy":"duration","targetSeconds":10}', 'maxChunkBytes, a number'],
    ['ingest', 'CUEPOINT_LOCATION', 'both', '"both"; expected objects or windows'],
    ['ingest', 'CUEPOINT_RETAIN_REPLACED_SECONDS', '-1', 'a whole number of at least 0'],
    ['ingest', 'CUEPOINT_ANALYSE_QUEUE_URL', undefined, 'not set'],
    ['ingest', 'CUEPOINT_INGEST_QUEUE_URL', '', '""; expected a text'],
    ['ingest', 'CUEPOINT_MAX_RECEIVES', '0', '"0"; expected a whole number of at least 1'],
    ['sweep', 'CUEPOINT_INGEST_QUEUE_URL', undefined, 'not set'],
    ['sweep', 'CUEPOINT_NATIVE_DECODING', 'true', '"true"; expected yes or no'],
    ['analyse', 'CUEPOINT_NATIVE_DECODING', undefined, 'not set'],
    ['api', 'CUEPOINT_MAX_BODY_BYTES', '4 MiB', '"4 MiB"; expected a whole number'],
    ['api', 'CUEPOINT_LINK_SECONDS', undefined, 'not set'],
    ['api', 'CUEPOINT_ALLOWED_ORIGINS', '', '""; expected a JSON list of origins'],
    ['api', 'CUEPOINT_ALLOWED_ORIGINS', '[]', 'expected a JSON list of origins'],
    ['api', 'CUEPOINT_ALLOWED_ORIGINS', '"*"', 'expected a JSON list of origins'],
    ['api', 'CUEPOINT_ALLOWED_ORIGINS', '[1]', 'expected a JSON list of origins'],
    ['api', 'CUEPOINT_SIGNING', '{"kind":"none"}', 'expected {"kind":"s3"}'],
    ['api', 'CUEPOINT_SIGNING', '{"kind":"cloudfront","keyPairId":"K"}', 'privateKeySecretArn'],
  ])('%s: %s as %j is refused by name', (name, variable, value, words) => {
    const attempt = () => read[name]?.({ ...ALL, [variable]: value });
    expect(attempt).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(attempt).toThrow(new RegExp(`^${variable} is .*`));
    expect(attempt).toThrow(words);
  });
});
