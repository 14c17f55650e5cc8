import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { createApp } from '../../lambdas/api/app.ts';
import type { ApiContext } from '../../lambdas/api/ports.ts';
import { addWebPage } from '../../server/web-page.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The whole app; the page needs nothing of its context but a clock and a log. */
function appWithPage(): Hono {
  const app = createApp({
    clock: { now: () => 0 },
    log: silent,
    config: { bucket: 'b', headMaxAgeMs: 0 },
  } as Partial<ApiContext> as ApiContext);
  addWebPage(app);
  return app;
}

const SCRIPTS = ['/web/page.js', '/web/join.js'];
const ALL = ['/', ...SCRIPTS];

describe('the page and its scripts', () => {
  const app = appWithPage();

  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/web/page.js', 'text/javascript; charset=utf-8'],
    ['/web/join.js', 'text/javascript; charset=utf-8'],
  ])('%s is served as %s', async (path, contentType) => {
    const response = await app.request(path);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': contentType,
      'content-length': String(bytes.length),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^"[0-9a-f]{64}"$/),
    });
  });

  it.each(ALL)('%s: HEAD has the headers of GET', async (path) => {
    const [get, head] = [await app.request(path), await app.request(path, { method: 'HEAD' })];
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  });

  it.each(ALL)('%s is not sent again to who has it, but to who has another', async (path) => {
    const etag = (await app.request(path)).headers.get('ETag') ?? '';
    const again = await app.request(path, { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    expect((await app.request(path, { headers: { 'If-None-Match': '"another"' } })).status).toBe(200);
  });

  it('scripts are bundled: nothing is imported, no types are left, and the joiner exports what it promises', async () => {
    for (const path of SCRIPTS) {
      const text = await (await app.request(path)).text();
      expect(text).not.toMatch(/^import /m);
      expect(text).not.toMatch(/\.ts['"]/);
    }
    const joiner = await (await app.request('/web/join.js')).text();
    expect(joiner).toMatch(/export \{[^}]*JoinError[^}]*joinChunks[^}]*joinToStream[^}]*\}/);
  });

  it('requests that come together get the same script', async () => {
    const fresh = appWithPage();
    const answers = await Promise.all([1, 2, 3].map(() => fresh.request('/web/join.js')));
    expect(new Set(answers.map(({ headers }) => headers.get('ETag'))).size).toBe(1);
  });
});

describe('the content security policy', () => {
  it('lets nothing in but this origin and the styles of the page', async () => {
    const response = await appWithPage().request('/');
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    const html = await response.text();
    const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
    expect(styles.length).toBeGreaterThan(0);
    for (const style of styles)
      expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("media-src 'self'");
    expect(policy).not.toContain('unsafe');
  });

  it('and the page holds nothing that it would block', async () => {
    const html = await (await appWithPage().request('/')).text();
    expect(html).not.toMatch(/\son[a-z]+=|\sstyle=|javascript:/i);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc="\/)/);
  });
});

describe('the rest of the app', () => {
  it.each(ALL)('POST %s is not allowed', async (path) => {
    const response = await appWithPage().request(path, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it.each(['/web', '/web/page.ts', '/web/other.js', '/web/../package.json', '/index.html'])(
    'GET %s is not found',
    async (path) => {
      const response = await appWithPage().request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    },
  );

  it('answers as before: 405 of the API, and without the page no page', async () => {
    expect((await appWithPage().request('/v1/tracks', { method: 'DELETE' })).status).toBe(405);
    expect((await new Hono().request('/')).status).toBe(404);
  });
});
