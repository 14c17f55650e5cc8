/** Every address of the API, with the methods that it has. HEAD is GET without a body, OPTIONS is everywhere. */

export type Method = 'GET' | 'POST';

export type Route = {
  /** As the router has it. */
  readonly path: string;
  readonly pattern: RegExp;
  readonly methods: readonly Method[];
};

const route = (path: string, pattern: RegExp, ...methods: readonly Method[]): Route => ({ path, pattern, methods });

/** The first that matches counts. */
export const ROUTES: readonly Route[] = [
  route('/v1/tracks', /^\/v1\/tracks\/?$/, 'GET'),
  route('/v1/tracks/:id/:action{chunks:resolve}', /^\/v1\/tracks\/[^/]+\/chunks:resolve\/?$/, 'POST'),
  route('/v1/tracks/:id', /^\/v1\/tracks\/[^/]+\/?$/, 'GET'),
  route('/v1/tracks/:id/chunks', /^\/v1\/tracks\/[^/]+\/chunks\/?$/, 'GET'),
  route('/v1/tracks/:id/audio', /^\/v1\/tracks\/[^/]+\/audio\/?$/, 'GET'),
  route('/v1/tracks/:id/analysis', /^\/v1\/tracks\/[^/]+\/analysis\/?$/, 'GET'),
  route(
    '/v1/tracks/:id/:file{waveform\\.(?:dat|json|svg)}',
    /^\/v1\/tracks\/[^/]+\/waveform\.(?:dat|json|svg)\/?$/,
    'GET',
  ),
  route('/v1/tracks/:id/subtitles/:file', /^\/v1\/tracks\/[^/]+\/subtitles\/[^/]+\/?$/, 'GET'),
  route('/stream/*', /^\/stream\//, 'GET'),
  route('/d/*', /^\/d\//, 'GET'),
];

export function routeOf(pathname: string): Route | undefined {
  return ROUTES.find(({ pattern }) => pattern.test(pathname));
}

/** RFC 9110 section 10.2.1. */
export function allowOf(methods: readonly Method[]): string {
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}
