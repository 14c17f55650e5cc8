import type { Hono } from 'hono';
import { createService, type Service } from '../../lambdas/api/app.ts';
import type { ApiContext } from '../../lambdas/api/ports.ts';
import { API_ROUTES, allowOf, PAGE_ROUTES, ROUTES, type Route } from '../../lambdas/api/routes.ts';
import { addWebPage } from '../../server/web-page.ts';
import { silentLog } from '../support/silent-log.ts';

/** Whatever is asked of it ends before it needs more of its context than this. */
function service(): Service {
  return createService({
    clock: { now: () => 0 },
    log: silentLog,
    config: { bucket: 'b', headMaxAgeMs: 0 },
  } as Partial<ApiContext> as ApiContext);
}

/** As the embedded host has it; a function has the same files. */
function withPage(): Service {
  const made = service();
  addWebPage(made.app);
  return made;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  id: 'some-id',
  action: 'chunks:resolve',
  file: 'waveform.dat',
  path: 'a folder/a.wav',
  key: 'track/revision/source',
};

/** An address that is of the route. */
function addressOf({ path }: Route): string {
  return encodeURI(
    path.replace(/:(\w+)(?:\{[^}]*\})?/g, (_, name: string) => EXAMPLES[name] ?? `no example of ${name}`),
  );
}

/** `method path` of all that the router answers itself; what it refuses has the method ALL. */
function routed(app: Hono): string[] {
  return app.routes.filter(({ path }) => path !== '/*').map(({ method, path }) => `${method} ${path}`);
}

const listed = new Set(ROUTES.flatMap(({ path, methods }) => ['ALL', ...methods].map((method) => `${method} ${path}`)));
const unlisted = (app: Hono): string[] => routed(app).filter((each) => !listed.has(each));

describe('the table of routes', () => {
  it('has all that the router has', () => {
    expect(unlisted(withPage().app)).toEqual([]);
  });

  it('and a route that is added without it is seen', () => {
    const { app } = withPage();
    app.get('/v1/new', (c) => c.text('new'));
    app.delete('/v1/tracks', (c) => c.text('gone'));
    expect(unlisted(app)).toEqual(['GET /v1/new', 'DELETE /v1/tracks']);
  });

  it('has nothing that is not answered, by the router or as bytes', async () => {
    const { app, bytes } = withPage();
    const answered = new Set(routed(app));
    for (const route of ROUTES) {
      expect(answered).toContain(`ALL ${route.path}`);
      for (const method of route.methods) {
        const isRouted = answered.has(`${method} ${route.path}`);
        const asBytes = bytes(new Request(`http://host${addressOf(route)}`, { method }));
        expect([route.path, isRouted !== (asBytes !== undefined)]).toEqual([route.path, true]);
        await asBytes;
      }
    }
  });
});

const ask = (app: Hono, address: string, method: string): Promise<Response> =>
  Promise.resolve(app.request(`http://host${address}`, { method }));

describe('RFC 9110 sections 9.3.7 and 15.5.6: every address says what it allows', () => {
  const { app } = withPage();

  it.each(ROUTES.map((route) => [addressOf(route), allowOf(route)] as const))('%s: %s', async (address, allow) => {
    for (const spelling of [
      address,
      `${address}/`,
      address.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ]) {
      if (spelling === '//') continue;
      const options = await ask(app, spelling, 'OPTIONS');
      expect([spelling, options.status, options.headers.get('Allow')]).toEqual([spelling, 204, allow]);
      const refused = await ask(app, spelling, 'DELETE');
      expect([spelling, refused.status, refused.headers.get('Allow')]).toEqual([spelling, 405, allow]);
    }
  });

  it.each(['/stream', '/d', '/web', '/v1', '/v1/', '/none', '/v1/tracks/x/waveform.png', '/v1/tracks/x/y'])(
    '%s: nothing lies there, whatever the method',
    async (address) => {
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
        const { status, headers } = await ask(app, address, method);
        expect([method, status, headers.get('Allow')]).toEqual([method, 404, null]);
      }
      const options = await ask(app, address, 'OPTIONS');
      expect([options.status, options.headers.get('Allow')]).toEqual([204, null]);
    },
  );

  it('no answer refuses a method and allows it at once', async () => {
    for (const address of ['/%73tream/a.wav', '/%64/t/r/source', '/v1/tracks/x/%61udio']) {
      for (const method of ['GET', 'HEAD']) expect((await ask(app, address, method)).status).toBe(404);
    }
  });

  it('a host without the page has nothing at its addresses', async () => {
    const { app: bare } = service();
    for (const { path } of PAGE_ROUTES) {
      expect((await ask(bare, path, 'POST')).status).toBe(404);
      expect((await ask(bare, path, 'OPTIONS')).headers.get('Allow')).toBeNull();
    }
    expect(unlisted(bare)).toEqual([]);
    expect(routed(bare).filter((each) => each.startsWith('ALL'))).toHaveLength(API_ROUTES.length);
  });
});

describe('a long path', () => {
  it.each([
    ['is repeated up to 1,024 characters', `/${'a'.repeat(9000)}`, `/${'a'.repeat(1023)}`],
    ['is not cut within an escape', `/a${'%C3%A4'.repeat(1500)}`, `/a${'%C3%A4'.repeat(170)}`],
    ['of an ordinary length is repeated as it is', '/none/of/these', '/none/of/these'],
  ])('%s, to the client and in the log', async (_, address, repeated) => {
    const paths: unknown[] = [];
    const log = {
      ...silentLog,
      info: (_event: string, fields?: Readonly<Record<string, unknown>>) => paths.push(fields?.path),
    };
    const { app } = createService({
      clock: { now: () => 0 },
      log,
      config: { bucket: 'b', headMaxAgeMs: 0 },
    } as Partial<ApiContext> as ApiContext);
    const response = await ask(app, address, 'GET');
    expect([response.status, ((await response.json()) as { instance: string }).instance]).toEqual([404, repeated]);
    expect(paths).toEqual([repeated]);
  });
});
