/** The same requests for the same file to nginx: what differs is listed with the sentence that decides it. */
import { createHash } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { type Host, startHost } from '../../server/host.ts';
import { NGINX_DIFFERENCES } from '../http/nginx-differences.ts';
import { IF_RANGE_CASES, PRECONDITION_CASES, type Validators } from '../http/preconditions.ts';
import { RANGE_CASES } from '../http/ranges.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { rawRequest } from '../support/http-client.ts';
import { type RunningServer, startNginx } from '../support/nginx-server.ts';
import { silentLog } from '../support/silent-log.ts';

const FILE = 'same.wav';

type Exchange = {
  readonly name: string;
  readonly method?: string;
  readonly query?: string;
  readonly fields: (validators: Validators) => Readonly<Record<string, string>>;
};

const EXCHANGES: readonly Exchange[] = [
  { name: 'GET', fields: () => ({}) },
  { name: 'HEAD', method: 'HEAD', fields: () => ({}) },
  { name: 'HEAD with Range', method: 'HEAD', fields: () => ({ Range: 'bytes=0-1' }) },
  { name: 'POST', method: 'POST', fields: () => ({}) },
  { name: 'PUT', method: 'PUT', fields: () => ({}) },
  { name: 'DELETE', method: 'DELETE', fields: () => ({}) },
  { name: 'OPTIONS', method: 'OPTIONS', fields: () => ({}) },
  { name: 'Accept-Encoding: gzip', fields: () => ({ 'Accept-Encoding': 'gzip' }) },
  { name: 'two ranges, touching', fields: () => ({ Range: 'bytes=0-99,100-199' }) },
  { name: 'two ranges, overlapping', fields: () => ({ Range: 'bytes=0-99,50-149' }) },
  { name: 'two ranges, the later first', fields: () => ({ Range: 'bytes=5000-5009,0-9' }) },
  { name: 'two ranges, the gap of 79 bytes', fields: () => ({ Range: 'bytes=0-9,89-98' }) },
  { name: 'sixteen times everything', fields: () => ({ Range: `bytes=${'0-,'.repeat(15)}0-` }) },
  {
    name: '17 ranges',
    fields: () => ({ Range: `bytes=${Array.from({ length: 17 }, (_, i) => `${i * 1000}-${i * 1000 + 1}`).join()}` }),
  },
  ...RANGE_CASES.map(([, name, header]) => ({ name: `Range: ${name}`, fields: () => ({ Range: header }) })),
  ...PRECONDITION_CASES.map(([, name, fields]) => ({ name, fields })),
  ...IF_RANGE_CASES.map(([, name, fields]) => ({
    name: `If-Range: ${name}`,
    fields: (validators: Validators) => ({ ...fields(validators), Range: 'bytes=0-1' }),
  })),
];

let folders: TemporaryFolders;
let host: Host;
let nginx: RunningServer | undefined;
const observed = new Map<string, { readonly ours: string; readonly nginx: string }>();

/** What a client would act on; tags, boundaries and the words of errors are each server's own. */
async function observe(url: string, exchange: Exchange, validators: Validators): Promise<string> {
  const { method = 'GET', fields } = exchange;
  const { status, headers, body } = await rawRequest(url, { method, headers: { ...fields(validators) } });
  const type = String(headers['content-type'] ?? '').replace(/;.*/, '');
  const isAudio = status === 200 || (status === 206 && !type.startsWith('multipart'));
  return [
    status,
    isAudio && method !== 'OPTIONS' ? `${type} of ${headers['content-length']}` : '',
    headers['content-range'] ?? '',
    status === 206 && type.startsWith('multipart')
      ? [
          ...Buffer.from(body)
            .toString('latin1')
            .matchAll(/Content-Range: (.*)\r/g),
        ]
          .map(([, range]) => range)
          .join(' + ')
      : '',
    isAudio && body.length > 0 ? createHash('sha256').update(body).digest('hex').slice(0, 12) : '',
    status === 405 ? (headers.allow ?? 'no Allow') : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

async function validatorsOf(url: string): Promise<Validators> {
  const { headers } = await rawRequest(url, { method: 'HEAD' });
  const etag = String(headers.etag);
  return { etag, lastModified: String(headers['last-modified']), revision: etag.slice(1, -1) };
}

beforeAll(async () => {
  folders = await temporaryFolders();
  await folders.writeSource(FILE, wavFile(35, { seed: 5 }));
  // Older than a second, or its date would be no strong validator.
  const path = join(folders.sourceFolder, FILE);
  await utimes(path, new Date('2026-01-02T03:04:05Z'), new Date('2026-01-02T03:04:05Z'));
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
  await host.ready;
  nginx = await startNginx(folders.sourceFolder);
  if (nginx === undefined) return;
  const [ours, theirs] = [`${host.url}/stream/${FILE}`, `${nginx.url}/${FILE}`];
  const [ourValidators, theirValidators] = [await validatorsOf(ours), await validatorsOf(theirs)];
  for (const exchange of EXCHANGES) {
    observed.set(exchange.name, {
      ours: await observe(ours, exchange, ourValidators),
      nginx: await observe(theirs, exchange, theirValidators),
    });
  }
});

afterAll(async () => {
  await nginx?.stop();
  await host.close();
  await folders.remove();
});

it('runs beside nginx', async () => {
  expect(nginx).toBeDefined();
  expect((await stat(join(folders.sourceFolder, FILE))).size).toBeGreaterThan(0);
});

it('differs from nginx in what is listed, and in nothing else', () => {
  const differing = [...observed].filter(([, { ours, nginx }]) => ours !== nginx);
  const listed = new Set(NGINX_DIFFERENCES.map(({ request }) => request));
  const unlisted = differing.filter(([name]) => !listed.has(name)).map(([name, answers]) => ({ name, ...answers }));
  expect(unlisted).toEqual([]);
  const differingNames = new Set(differing.map(([name]) => name));
  // A difference that is gone is not to be told any more.
  expect([...listed].filter((name) => !differingNames.has(name))).toEqual([]);
});

it('tells of each difference in the documentation, with the sentence that decides it', async () => {
  const page = await readFile(join(__dirname, '../../docs/http-conformance.md'), 'utf8');
  for (const { request, section, sentence } of NGINX_DIFFERENCES) {
    expect(page).toContain(request.replaceAll('|', '\\|'));
    expect(page).toContain(section);
    expect(page).toContain(sentence);
  }
});
