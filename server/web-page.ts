import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Hono } from 'hono';
import { answer } from '../lambdas/api/http-answer.ts';
import { problemResponse } from '../lambdas/api/problem-response.ts';
import { CuepointError } from '../lambdas/core/errors.ts';
import { planResponse } from '../lambdas/core/http/response-plan.ts';

const WEB_FOLDER = join(import.meta.dirname, '..', 'web');

type Asset = {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
  readonly builtAtMs: number;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Adds the page and its scripts: `/`, `/web/page.js` and `/web/join.js`, the joiner for anybody's page. Each is made
 * when it is first asked for and kept. To be called before the app's first request.
 */
export function addWebPage(app: Hono): void {
  const assets: readonly [string, () => Promise<Asset>][] = [
    ['/', indexPage],
    ['/web/page.js', () => script('page.ts')],
    ['/web/join.js', () => script('join.ts')],
  ];
  for (const [path, make] of assets) {
    const kept = madeOnce(make);
    app.get(path, async (c) => serve(c, await kept()));
    app.all(path, (c) => methodNotAllowed(c, path));
  }
}

function serve(c: Context, { bytes, contentType, etag, builtAtMs, headers }: Asset): Promise<Response> {
  const plan = planResponse(c.req.raw, { byteLength: bytes.length, etag, lastModifiedMs: builtAtMs, contentType });
  const read = async function* (range: { startByte: number; endByte: number }): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(range.startByte, range.endByte);
  };
  // A page that an update left behind in a cache would talk to an API that is newer than itself.
  return answer(plan, read, {
    headers: { ...headers, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' },
  });
}

function methodNotAllowed(c: Context, instance: string): Response {
  const allow = 'GET, HEAD, OPTIONS';
  const error = new CuepointError(
    'method_not_allowed',
    `${c.req.method} is not allowed here; this address takes ${allow}`,
  );
  return problemResponse(error, { instance, headers: { Allow: allow } });
}

async function indexPage(): Promise<Asset> {
  const html = await readFile(join(WEB_FOLDER, 'index.html'), 'utf8');
  return asset(html, 'text/html; charset=utf-8', {
    'Content-Security-Policy': contentSecurityPolicy(html),
    'Referrer-Policy': 'no-referrer',
  });
}

/** CSP level 3: nothing but this origin, and of styles only the page's own, by their hashes. */
function contentSecurityPolicy(html: string): string {
  const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
    ([, style = '']) => `'sha256-${sha256(style, 'base64')}'`,
  );
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src ${styles.length > 0 ? styles.join(' ') : "'none'"}`,
    "media-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

async function script(file: string): Promise<Asset> {
  // Loaded on first need: most runs of the command line never show a page.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(WEB_FOLDER, file)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  return asset(outputFiles.map(({ text }) => text).join(''), 'text/javascript; charset=utf-8', {});
}

function asset(text: string, contentType: string, headers: Asset['headers']): Asset {
  return {
    bytes: new TextEncoder().encode(text),
    contentType,
    etag: `"${sha256(text, 'hex')}"`,
    builtAtMs: Date.now(),
    headers,
  };
}

function sha256(text: string, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(text).digest(encoding);
}

/** Requests that come together share one making; one that failed is forgotten, so that the next request tries anew. */
function madeOnce<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
