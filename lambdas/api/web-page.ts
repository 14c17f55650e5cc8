import type { Context, Hono } from 'hono';
import { bytesToBase64 } from '../core/base64.ts';
import { planResponse } from '../core/http/response-plan.ts';
import type { ByteRange } from '../core/ports.ts';
import { answer, methodNotAllowed } from './http-answer.ts';
import { allowOf } from './routes.ts';

/** A file of the page as text: markup, or a bundled script. */
export type WebFile = { readonly contentType: string; readonly body: string };

/** By path. A file is made when it is first asked for, and kept. */
export type WebFiles = Readonly<Record<string, () => Promise<WebFile>>>;

export type WebPageOptions = {
  /** When the files were built, as far as anybody knows. Milliseconds since the epoch. */
  readonly builtAtMs: number;
  /** Where signed links lead, when that is another origin: the page may then fetch from there, too. */
  readonly linkOrigin?: string;
};

type Asset = {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Adds the page and its scripts, whose addresses routes.ts has. To be called before the app's first request. */
export function addWebPage(app: Hono, files: WebFiles, options: WebPageOptions): void {
  for (const [path, make] of Object.entries(files)) {
    const kept = madeOnce(async () => assetOf(await make(), options.linkOrigin));
    app.get(path, async (c) => serve(c, await kept(), options.builtAtMs));
    app.all(path, (c) => methodNotAllowed(c, allowOf({ methods: ['GET'] })));
  }
}

function serve(c: Context, { bytes, contentType, etag, headers }: Asset, builtAtMs: number): Promise<Response> {
  const plan = planResponse(c.req.raw, { byteLength: bytes.length, etag, lastModifiedMs: builtAtMs, contentType });
  const read = async function* ({ startByte, endByte }: ByteRange): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(startByte, endByte);
  };
  // A page that an update left behind in a cache would talk to an API that is newer than itself.
  return answer(plan, read, {
    headers: { ...headers, 'Cache-Control': 'no-cache', 'X-Content-Type-Options': 'nosniff' },
  });
}

async function assetOf({ body, contentType }: WebFile, linkOrigin: string | undefined): Promise<Asset> {
  const bytes = new TextEncoder().encode(body);
  const hash = await sha256(bytes);
  const isPage = contentType.startsWith('text/html');
  return {
    bytes,
    contentType,
    etag: `"${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}"`,
    headers: isPage
      ? {
          'Content-Security-Policy': await contentSecurityPolicy(body, linkOrigin),
          'Referrer-Policy': 'no-referrer',
        }
      : {},
  };
}

/** CSP level 3: nothing but this origin and that of links, and of styles only the page's own, by their hashes. */
async function contentSecurityPolicy(html: string, linkOrigin: string | undefined): Promise<string> {
  const styles = await Promise.all(
    [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(
      async ([, style = '']) => `'sha256-${bytesToBase64(await sha256(new TextEncoder().encode(style)))}'`,
    ),
  );
  const bytesFrom = linkOrigin === undefined ? "'self'" : `'self' ${linkOrigin}`;
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src ${styles.length > 0 ? styles.join(' ') : "'none'"}`,
    `media-src ${bytesFrom}`,
    `connect-src ${bytesFrom}`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
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
