import { type OpenApiDocument, openApiDocument, statusOfCode } from '../../lambdas/api/openapi/document.ts';
import { OPERATIONS, problemsOf } from '../../lambdas/api/openapi/operations.ts';
import {
  ERROR_CODES,
  planListSchema,
  planSchema,
  problemSchema,
  trackListSchema,
  trackSchema,
} from '../../lambdas/api/openapi/schemas.ts';
import { PAGE_ROUTES, ROUTES } from '../../lambdas/api/routes.ts';
import { REQUEST_FAILURES, SERVICE_FAILURES } from '../../lambdas/core/errors.ts';
import { type Host, startHost } from '../../server/host.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, type RawAnswer, rawRequest } from '../support/http-client.ts';
import { silentLog } from '../support/silent-log.ts';

type Described = {
  readonly responses: Record<string, { headers?: Record<string, unknown>; description: string }>;
  readonly parameters: readonly { name?: string; in?: string; $ref?: string; schema?: unknown }[];
};

const document: OpenApiDocument = openApiDocument();
const operationAt = (path: string, method: string): Described => document.paths[path]?.[method] as unknown as Described;

/** What every HTTP server adds by itself. */
const OF_THE_CONNECTION = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);

describe('the OpenAPI document', () => {
  it('has every route with each of its methods, and no other', () => {
    const described = OPERATIONS.map(({ route, method }) => `${method} ${route}`).sort();
    const routed = ROUTES.flatMap(({ path, methods }) =>
      methods.map((method) => `${method.toLowerCase()} ${path}`),
    ).sort();
    expect(described).toEqual(routed);
    for (const { path, method } of OPERATIONS) {
      expect(operationAt(path, method)).toBeDefined();
      expect(operationAt(path, 'options')).toBeDefined();
      if (method === 'get') expect(operationAt(path, 'head')).toBeDefined();
    }
    // The document calls the parameters as the router does, but for the one that has a single value.
    for (const { route, path } of OPERATIONS) {
      const described = route.replace(/:(\w+)(?:\{[^}]*\})?/g, '{$1}').replace('{action}', 'chunks:resolve');
      expect(described).toBe(path);
    }
  });

  it('says of OPTIONS that it is 204, and of the zoom what it takes', () => {
    for (const { path } of OPERATIONS) expect(Object.keys(operationAt(path, 'options').responses)).toEqual(['204']);
    const parameters = operationAt('/v1/tracks/{id}/{file}', 'get').parameters;
    const schemas = Object.fromEntries(parameters.map(({ name = '', schema }) => [name, schema]));
    expect(schemas).toMatchObject({
      zoom: { type: 'integer' },
      samples_per_pixel: { type: 'integer' },
      pixels_per_second: { type: 'number', exclusiveMinimum: 0 },
    });
  });

  it('has every code of a problem, each at its status', () => {
    const inSchema = (document.components.schemas.Problem as { properties: { code: { enum: string[] } } }).properties
      .code.enum;
    expect([...inSchema].sort()).toEqual([...ERROR_CODES].sort());
    const answered = new Set(OPERATIONS.flatMap(problemsOf));
    // No route stores under a key of the client's.
    const expected = [...REQUEST_FAILURES, ...SERVICE_FAILURES].filter((code) => code !== 'invalid_key');
    expect(expected.filter((code) => !answered.has(code))).toEqual([]);
    for (const operation of OPERATIONS) {
      for (const code of problemsOf(operation)) {
        expect(operationAt(operation.path, operation.method).responses[statusOfCode(code)]?.description).toContain(
          `\`${code}\``,
        );
      }
    }
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(100);
    const missing = new Set(
      references.filter((path) => {
        const found = path
          .split('/')
          .reduce<unknown>((node, name) => (node as Record<string, unknown>)?.[name], document);
        return found === undefined;
      }),
    );
    expect([...missing]).toEqual([]);
  });

  it('has ids and summaries, each id once', () => {
    const all = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as unknown as {
      operationId: string;
      summary: string;
    }[];
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length);
    for (const { summary } of all) expect(summary).toMatch(/\w+ .*\w/);
  });
});

describe('what the host really answers', () => {
  let folders: TemporaryFolders;
  let host: Host;
  let id = '';
  let revision = '';

  beforeAll(async () => {
    folders = await temporaryFolders();
    await folders.writeSource('a b.wav', wavFile(25));
    await folders.writeSource('bad.mp3', new Uint8Array(5000));
    await folders.writeSource('a b.en.vtt', new TextEncoder().encode('WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n'));
    host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
    await host.ready;
    const { tracks } = jsonOf(await rawRequest(`${host.url}/v1/tracks`));
    ({ id, revision } = tracks.find(({ path }: { path: string }) => path === 'a b.wav'));
    await untilAnalysed();
  });

  afterAll(async () => {
    await host.close();
    await folders.remove();
  });

  /** Only then there is a waveform. */
  async function untilAnalysed(): Promise<void> {
    for (;;) {
      const { status } = jsonOf(await rawRequest(`${host.url}/v1/tracks/${id}`));
      if (status === 'ready') return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  type Asked = readonly [path: string, described: string, fields: Record<string, string>, method?: string];
  const asked = (): readonly Asked[] => {
    const audio = `/v1/tracks/${id}/audio`;
    const origin = { Origin: 'https://a.example' };
    return [
      ['/v1/tracks', '/v1/tracks', origin],
      ['/v1/tracks?cursor=!', '/v1/tracks', {}],
      [`/v1/tracks/${id}`, '/v1/tracks/{id}', {}],
      ['/v1/tracks/none', '/v1/tracks/{id}', {}],
      [`/v1/tracks/${id}/chunks?t=1,2`, '/v1/tracks/{id}/chunks', {}],
      [`/v1/tracks/${id}/chunks?start=x`, '/v1/tracks/{id}/chunks', {}],
      [`/v1/tracks/${id}/chunks:resolve`, '/v1/tracks/{id}/chunks:resolve', {}, 'POST'],
      [`/v1/tracks/${id}/subtitles/en.vtt`, '/v1/tracks/{id}/subtitles/{file}', {}],
      [`/v1/tracks/${id}/subtitles/de.vtt`, '/v1/tracks/{id}/subtitles/{file}', {}],
      [`/v1/tracks/${id}/analysis`, '/v1/tracks/{id}/analysis', {}],
      [`/v1/tracks/${id}/waveform.json`, '/v1/tracks/{id}/{file}', {}],
      [`/v1/tracks/${id}/waveform.svg`, '/v1/tracks/{id}/{file}', {}, 'HEAD'],
      [`/v1/tracks/${id}/waveform.dat`, '/v1/tracks/{id}/{file}', { Range: 'bytes=0-1' }],
      [`/v1/tracks/${id}/waveform.dat`, '/v1/tracks/{id}/{file}', { 'If-Match': '"x"' }],
      [`/v1/tracks/${id}/waveform.dat?zoom=auto`, '/v1/tracks/{id}/{file}', {}],
      ...PAGE_ROUTES.flatMap(({ path }): Asked[] => [
        [path, path, {}],
        [path, path, origin, 'HEAD'],
        [path, path, { Range: 'bytes=0-1' }],
        [path, path, { Range: 'bytes=99999999-' }],
        [path, path, { 'If-None-Match': '*' }],
        [path, path, { 'If-Match': '"x"' }],
        [path, path, {}, 'OPTIONS'],
      ]),
      [`/d/${id}/${revision}/source`, '/d/{key}', { Range: 'bytes=0-1' }],
      ['/d/none', '/d/{key}', {}],
      ['/stream/bad.mp3', '/stream/{path}', {}],
      ...[
        {},
        origin,
        { Range: 'bytes=0-1' },
        { Range: 'bytes=0-1,900-999' },
        { Range: 'bytes=99999999-' },
        { 'If-None-Match': '*' },
        { 'If-Match': '"x"' },
      ].flatMap((fields): Asked[] => [
        [audio, '/v1/tracks/{id}/audio', { ...fields }],
        ['/stream/a%20b.wav', '/stream/{path}', { ...fields }, 'HEAD'],
      ]),
      [`${audio}?start=1&end=2`, '/v1/tracks/{id}/audio', {}],
      [`${audio}?start=9&end=2`, '/v1/tracks/{id}/audio', {}],
      [
        audio,
        '/v1/tracks/{id}/audio',
        { ...origin, 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Private-Network': 'true' },
        'OPTIONS',
      ],
    ];
  };

  it('carries no field and no status that is not described', async () => {
    const undescribed: unknown[] = [];
    for (const [path, described, fields, method = 'GET'] of asked()) {
      const answer: RawAnswer = await rawRequest(host.url + path, { method, headers: fields });
      const response = operationAt(described, method.toLowerCase()).responses[answer.status];
      const known = new Set(Object.keys(response?.headers ?? {}).map((name) => name.toLowerCase()));
      const unknown = Object.keys(answer.headers).filter((name) => !known.has(name) && !OF_THE_CONNECTION.has(name));
      if (response === undefined || unknown.length > 0)
        undescribed.push({ method, path, status: answer.status, unknown });
    }
    expect(undescribed).toEqual([]);
  });

  it('has bodies of the described form', async () => {
    const body = async (path: string) => jsonOf(await rawRequest(host.url + path));
    trackListSchema.parse(await body('/v1/tracks'));
    trackSchema.parse(await body(`/v1/tracks/${id}`));
    planSchema.parse(await body(`/v1/tracks/${id}/chunks`));
    planListSchema.parse(await body(`/v1/tracks/${id}/chunks?ranges=0-1,2-3`));
    problemSchema.parse(await body('/v1/tracks/none'));
    expect(() => trackSchema.parse({ id: 'x' })).toThrow();
  });

  it('is described at /v1/openapi.json, and for people at /v1/docs', async () => {
    const json = await rawRequest(`${host.url}/v1/openapi.json`);
    expect([json.status, json.headers['content-type']]).toEqual([200, 'application/json']);
    expect(jsonOf(json)).toEqual(JSON.parse(JSON.stringify(document)));
    const page = await rawRequest(`${host.url}/v1/docs`);
    const html = Buffer.from(page.body).toString();
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(html).not.toMatch(/<script|https?:\/\//);
    for (const { path, method } of OPERATIONS) expect(html).toContain(`${method.toUpperCase()} ${path}`);
  });
});
