/** Every address that is answered, with the methods that it has. HEAD is GET without a body, OPTIONS is everywhere. */
import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

export type Method = 'GET' | 'POST';

export type Route = {
  /** As the router has it, which alone judges what lies at it. */
  readonly path: string;
  readonly methods: readonly Method[];
};

const route = (path: string, ...methods: readonly Method[]): Route => ({ path, methods });

export const API_ROUTES: readonly Route[] = [
  route('/v1/tracks', 'GET'),
  route('/v1/tracks/:id/:action{chunks:resolve}', 'POST'),
  route('/v1/tracks/:id', 'GET'),
  route('/v1/tracks/:id/chunks', 'GET'),
  route('/v1/tracks/:id/audio', 'GET'),
  route('/v1/tracks/:id/analysis', 'GET'),
  route('/v1/tracks/:id/:file{waveform\\.(?:dat|json|svg)}', 'GET'),
  route('/v1/tracks/:id/subtitles/:file', 'GET'),
  route('/stream/:path{.+}', 'GET'),
  route('/d/:key{.+}', 'GET'),
];

/** The page, its scripts and the description of the API, where a host has them (web-page.ts). */
export const PAGE_ROUTES: readonly Route[] = [
  route('/', 'GET'),
  route('/web/page.js', 'GET'),
  route('/web/join.js', 'GET'),
  route('/v1/openapi.json', 'GET'),
  route('/v1/docs', 'GET'),
];

export const ROUTES: readonly Route[] = [...API_ROUTES, ...PAGE_ROUTES];

/** What is at the address of a request, whatever its method, as far as the router has it. */
export function routeOf(c: Context): Route | undefined {
  const matched = new Set(matchedRoutes(c).map(({ path }) => path));
  return ROUTES.find(({ path }) => matched.has(path));
}

export function allows({ methods }: Route, method: string): boolean {
  return methods.some((each) => each === (method === 'HEAD' ? 'GET' : method));
}

/** RFC 9110 section 10.2.1. */
export function allowOf({ methods }: Pick<Route, 'methods'>): string {
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}
