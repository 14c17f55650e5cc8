/** The api's handler as Lambda starts it, with the list of origins that the stack says to it. No request here needs AWS. */
import type { FunctionUrlEvent, FunctionUrlResult } from '../../lambdas/adapters/lambda/function-url.ts';
import type { Invocation } from '../../lambdas/adapters/lambda/invocation.ts';
import { DEFAULT_CHUNKING } from '../../lambdas/core/chunking/strategy.ts';
import { invocation } from '../support/recorded-observation.ts';

const PLAYER = 'https://player.example';

const VARIABLES = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  POWERTOOLS_METRICS_NAMESPACE: 'Cuepoint',
  CUEPOINT_SOURCE_BUCKET: 'sources',
  CUEPOINT_MEDIA_BUCKET: 'media',
  CUEPOINT_TABLE: 'tracks',
  CUEPOINT_CHUNKING: JSON.stringify(DEFAULT_CHUNKING),
  CUEPOINT_LOCATION: 'objects',
  CUEPOINT_RETAIN_REPLACED_SECONDS: '3600',
  CUEPOINT_LINK_SECONDS: '3600',
  CUEPOINT_SIGNING: '{"kind":"s3"}',
};

type Handler = (event: FunctionUrlEvent, invocation: Invocation) => Promise<FunctionUrlResult>;

const before = { ...process.env };
const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
afterAll(() => {
  process.env = before;
  written.mockRestore();
});

async function started(variables: Readonly<Record<string, string>>): Promise<Handler> {
  process.env = { ...before, ...VARIABLES, ...variables };
  let handler: Handler | undefined;
  await jest.isolateModulesAsync(async () => {
    ({ handler } = await import('../../lambdas/api/handler.ts'));
  });
  if (handler === undefined) throw new Error('handler.ts exports no handler');
  return handler;
}

const event = (method: string, origin: string): FunctionUrlEvent => ({
  rawPath: '/v1/tracks',
  rawQueryString: '',
  headers: { 'x-cuepoint-host': 'audio.example', origin },
  requestContext: { domainName: 'abc.lambda-url.eu-central-1.on.aws', http: { method } },
});

// Of OPTIONS the app says it, of TRACE the adapter.
it.each(['OPTIONS', 'TRACE'])('%s: read by those of the list, or by any where there is none', async (method) => {
  const listed = await started({ CUEPOINT_ALLOWED_ORIGINS: JSON.stringify([PLAYER]) });
  const allowedBy = async (handler: Handler, origin: string) =>
    (await handler(event(method, origin), invocation())).headers['access-control-allow-origin'];
  expect(await allowedBy(listed, PLAYER)).toBe(PLAYER);
  expect(await allowedBy(listed, 'https://evil.example')).toBeUndefined();
  expect(await allowedBy(await started({}), 'https://evil.example')).toBe('*');
});
