/** Which header fields other origins may send and read is said in three places; whoever asks, the answer is to be one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { ALLOWED_REQUEST_FIELDS, EXPOSED_FIELDS, preflightHeaders } from '../../lambdas/api/shared-headers.ts';
import { templateWith } from '../lib/synthesized.ts';
import { resource } from '../lib/template-reading.ts';

const EDGE_FUNCTION = readFileSync(join(import.meta.dirname, '../../lib/constructs/edge-function.js'), 'utf8');

const PREFLIGHT = { 'access-control-request-method': 'GET', 'access-control-request-private-network': 'true' };

/** Fields of a preflight's answer, names in lower case, lists as such. */
type Answer = Readonly<Record<string, string | readonly string[]>>;

const LISTS = /^access-control-(allow-headers|allow-methods|expose-headers)$/;

function comparable(headers: Readonly<Record<string, unknown>>): Answer {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const lower = name.toLowerCase();
      return [lower, LISTS.test(lower) ? String(value).split(', ') : String(value)];
    }),
  );
}

function byApi(): Answer {
  const fields = new Map(Object.entries({ origin: 'https://player.example', ...PREFLIGHT }));
  return comparable(preflightHeaders({}, { get: (name: string) => fields.get(name) }));
}

function byEdge(): Answer {
  const headers = Object.fromEntries(Object.entries(PREFLIGHT).map(([name, value]) => [name, { value }]));
  const event = { request: { method: 'OPTIONS', uri: '/v1/tracks', querystring: {}, headers } };
  const answer = runInNewContext(`${EDGE_FUNCTION}; JSON.stringify(handler(${JSON.stringify(event)}))`);
  const found: Record<string, { value: string }> = JSON.parse(answer).headers;
  return comparable(Object.fromEntries(Object.entries(found).map(([name, { value }]) => [name, value])));
}

describe('fields that other origins may send and read', () => {
  const [api, edge] = [byApi(), byEdge()];
  let policy: Record<string, unknown>;
  let bucketRules: unknown;

  beforeAll(() => {
    const template = templateWith();
    const { Properties } = resource(template, 'AWS::CloudFront::ResponseHeadersPolicy', 'CuepointEdge');
    policy = Object(Properties?.ResponseHeadersPolicyConfig);
    bucketRules = resource(template, 'AWS::S3::Bucket', 'CuepointMedia').Properties?.CorsConfiguration;
  });

  it('a preflight hears the same of the api and of the function at the edge', () => {
    expect(api['access-control-allow-headers']).toEqual([...ALLOWED_REQUEST_FIELDS]);
    for (const name of [
      'access-control-allow-headers',
      'access-control-allow-origin',
      'access-control-allow-private-network',
      'access-control-max-age',
    ]) {
      expect([name, edge[name]]).toEqual([name, api[name]]);
    }
  });

  it('of methods the edge lets through all but POST', () => {
    const methods = [api['access-control-allow-methods'] ?? []].flat();
    expect(edge['access-control-allow-methods']).toEqual(methods.filter((method) => method !== 'POST'));
  });

  it('the response headers policy says the same, of what the bucket answers as well', () => {
    expect(policy.CorsConfig).toMatchObject({
      AccessControlAllowHeaders: { Items: [...ALLOWED_REQUEST_FIELDS] },
      AccessControlAllowMethods: { Items: edge['access-control-allow-methods'] },
      AccessControlAllowOrigins: { Items: [api['access-control-allow-origin']] },
      AccessControlExposeHeaders: { Items: [...EXPOSED_FIELDS] },
      AccessControlMaxAgeSec: Number(api['access-control-max-age']),
    });
    const added = [
      ['Cross-Origin-Resource-Policy', api['cross-origin-resource-policy']],
      ['Timing-Allow-Origin', api['timing-allow-origin']],
    ];
    expect(policy.CustomHeadersConfig).toEqual({
      Items: added.map(([Header, Value]) => ({ Header, Value, Override: false })),
    });
  });

  it('the bucket lets pages that follow a link read the same, and send any of it', () => {
    expect(bucketRules).toMatchObject({
      CorsRules: [{ AllowedHeaders: ['*'], AllowedOrigins: ['*'], ExposedHeaders: [...EXPOSED_FIELDS] }],
    });
  });
});
