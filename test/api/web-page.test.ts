import { buildSync } from 'esbuild';
import { Hono } from 'hono';
import { PAGE_ROUTES } from '../../lambdas/api/routes.ts';
import { addWebPage, type WebFile, type WebPageOptions } from '../../lambdas/api/web-page.ts';
import { webFiles } from '../../server/web-files.ts';

/** As the function has it: all files as text in its bundle. */
function appOn(files: Readonly<Record<string, WebFile>>, options: Partial<WebPageOptions> = {}): Hono {
  const app = new Hono();
  const made = Object.entries(files).map(([path, file]) => [path, async () => file] as const);
  addWebPage(app, Object.fromEntries(made), { builtAtMs: 0, ...options });
  return app;
}

const policyOf = async (app: Hono): Promise<string> =>
  (await app.request('/')).headers.get('Content-Security-Policy') ?? '';

describe('the page of a host that has no files', () => {
  const files = webFiles(buildSync);

  it.each([
    ['/', 'text/html; charset=utf-8', '<title>Cuepoint</title>'],
    ['/web/page.js', 'text/javascript; charset=utf-8', '/v1/tracks'],
    ['/web/join.js', 'text/javascript; charset=utf-8', 'joinChunks'],
  ])('%s is in the bundle', async (path, contentType, words) => {
    const response = await appOn(JSON.parse(JSON.stringify(files))).request(path);
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, contentType]);
    expect(await response.text()).toContain(words);
  });

  it('leads to the description of the API', async () => {
    expect(await (await appOn(files).request('/')).text()).toContain('<a href="/v1/docs">');
    expect(Object.keys(files).sort()).toEqual(PAGE_ROUTES.map(({ path }) => path).sort());
  });

  it('is the same whenever it is built: functions are deployed anew when their bundles change', () => {
    expect(webFiles(buildSync)).toEqual(files);
  });

  it('may fetch from where its links lead, and from nowhere else', async () => {
    const origin = 'https://media.s3.eu-central-1.amazonaws.com';
    expect(await policyOf(appOn(files, { linkOrigin: origin }))).toContain(`connect-src 'self' ${origin};`);
    expect(await policyOf(appOn(files))).toContain("connect-src 'self';");
  });
});
