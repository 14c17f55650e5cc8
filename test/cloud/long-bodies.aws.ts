/** Answers that are longer than a function may give, and links that lead past it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Signer } from '../../lambdas/adapters/aws/s3-signer.ts';
import { Session } from '../e2e/session.ts';
import type { Track } from '../e2e/target.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { jsonOf } from '../support/http-client.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { type CloudTarget, startCloudTarget } from './cloud-target.ts';
import { REGION } from './physical-names.ts';

/** As the stack has it (`maxBodyBytes`). */
const CAP_BYTES = 4 * 2 ** 20;
const SOURCE = wavFile(70, { seed: 21, sampleRate: 44_100 });

type Download = { readonly status: number; readonly redirects: number; readonly bytes: Buffer };

/** What curl makes of it, which follows redirects as players do. */
async function curl(url: string, ...options: string[]): Promise<Download> {
  const said = '%{stderr}%{http_code} %{num_redirects}';
  const { stdout, stderr } = await promisify(execFile)('curl', ['-sS', '-L', '-w', said, ...options, url], {
    encoding: 'buffer',
    maxBuffer: 2 * SOURCE.length,
  });
  const [status, redirects] = stderr.toString().split(' ').map(Number);
  return { status: status ?? 0, redirects: redirects ?? 0, bytes: stdout };
}

describe('long answers through the edge', () => {
  let target: CloudTarget;
  let session: Session;
  let track: Track;

  beforeAll(async () => {
    target = await startCloudTarget({ location: 'objects' });
    session = new Session(target);
    track = await session.upload('long/concert.wav', SOURCE);
  });
  afterAll(() => target?.close());

  const audio = (query = '') => `${target.url}${track.links.audio}${query}`;

  it.each([
    ['as long as a function may give', 0, CAP_BYTES, 0],
    ['one byte longer', 0, CAP_BYTES + 1, 1],
    ['from the middle to the end', 1_000_000, SOURCE.length, 1],
    ['the whole', 0, SOURCE.length, 1],
  ])('gives a range %s, by one redirect where it is too long', async (_, startByte, endByte, redirects) => {
    const download = await curl(audio(), '-r', `${startByte}-${endByte - 1}`);
    expect([download.status, download.redirects]).toEqual([206, redirects]);
    expect(download.bytes.equals(SOURCE.subarray(startByte, endByte))).toBe(true);
  });

  it('gives all of it to who asks for no range', async () => {
    const download = await curl(`${target.url}${track.links.stream}`);
    expect([download.status, download.redirects]).toEqual([200, 1]);
    expect(download.bytes.equals(SOURCE)).toBe(true);
  });

  it('redirects once, to an address that never changes and asks no more', async () => {
    const first = await session.get(track.links.audio ?? '', { Range: `bytes=0-${CAP_BYTES}` });
    expect(first).toMatchObject({
      status: 307,
      headers: { location: `/d/${track.id}/${track.revision}/source`, 'cache-control': 'no-store' },
    });
    const source = await session.get(String(first.headers.location), { Range: 'bytes=5000000-5000009' });
    expect([source.status, source.headers['cache-control']]).toEqual([206, 'public, max-age=31536000, immutable']);
    expect(Buffer.from(source.body).equals(SOURCE.subarray(5_000_000, 5_000_010))).toBe(true);
  });

  it('makes long parts by bytes and by time once, and again when they are gone', async () => {
    const startByte = 2_000_001;
    const endByte = startByte + CAP_BYTES + 12_345;
    const byBytes = audio(`?bytes=${startByte}-${endByte - 1}`);
    for (const _ of ['made', 'found']) {
      const download = await curl(byBytes);
      expect([download.status, download.redirects]).toEqual([200, 1]);
      expect(download.bytes.equals(SOURCE.subarray(startByte, endByte))).toBe(true);
    }
    const byTime = await curl(audio('?start=10&end=40'));
    expect([byTime.status, byTime.redirects]).toEqual([200, 1]);
    expect(byTime.bytes.subarray(44).equals(SOURCE.subarray(44 + 10 * 176_400, 44 + 40 * 176_400))).toBe(true);

    const { headers } = await session.get(`${track.links.audio}?start=20&end=50`);
    const key = String(headers.location).slice(1);
    await target.damage(key);
    // The edge does not have it, the bucket neither: the api makes it, and sends back to where it is then.
    const again = await curl(`${target.url}/${key}`);
    expect([again.status, again.redirects]).toEqual([200, 1]);
    expect(again.bytes.subarray(44).equals(SOURCE.subarray(44 + 20 * 176_400, 44 + 50 * 176_400))).toBe(true);
  });
});

describe('links', () => {
  let target: CloudTarget;
  let session: Session;

  beforeAll(async () => {
    target = await startCloudTarget({ location: 'windows' });
    session = new Session(target);
    await session.upload('links/talk.wav', SOURCE);
  });
  afterAll(() => target?.close());

  async function secondChunk(): Promise<{ url: string; range: string; startByte: number; endByte: number }> {
    const { links } = (await session.trackAt('links/talk.wav')) ?? {};
    const { chunks } = jsonOf(await session.get(`${links?.chunks}?start=15&end=16`));
    const [{ url, headers, startByte, endByte }] = chunks;
    return { url, range: headers.Range, startByte, endByte };
  }

  it('work with curl as they are, from the bucket itself', async () => {
    const { url, range, startByte, endByte } = await secondChunk();
    const download = await curl(url, '-H', `Range: ${range}`);
    expect([download.status, download.redirects]).toEqual([206, 0]);
    expect(download.bytes.equals(SOURCE.subarray(startByte, endByte))).toBe(true);
    expect(new URL(url).origin).not.toBe(target.url);
  });

  it.each<[string, (link: { url: string; range: string }) => [url: string, range: string]]>([
    [
      'with another signature',
      ({ url, range }) => [url.replace(/Signature=(.)/, (_, c) => `Signature=${c === '0' ? '1' : '0'}`), range],
    ],
    ['for another object', ({ url, range }) => [url.replace('/source?', '/sourcf?'), range]],
    ['for a longer time', ({ url, range }) => [url.replace(/X-Amz-Expires=(\d+)/, 'X-Amz-Expires=86400'), range]],
    ['for another window', ({ url }) => [url, 'bytes=0-99']],
  ])('are refused %s', async (_, change) => {
    const link = await secondChunk();
    const [url, range] = change(link);
    expect([url, range]).not.toEqual([link.url, link.range]);
    expect((await curl(url, '-H', `Range: ${range}`)).status).toBe(403);
  });

  it('expire', async () => {
    const { s3 } = target.cloud.services;
    const client = new S3Client({
      region: REGION,
      endpoint: s3.endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
    });
    const track = await session.trackAt('links/talk.wav');
    const key = `d/${track?.id}/${track?.revision}/source`;
    const lifeSeconds = 60;
    const linkAt = async (agoSeconds: number) => {
      const clock = new ManualClock(Date.now() - agoSeconds * 1000);
      const signer = new S3Signer({ client, bucket: target.cloud.mediaBucket, clock, lifeSeconds, floorSeconds: 1 });
      return (await signer.sign({ key })).url;
    };
    try {
      expect((await curl(await linkAt(lifeSeconds / 2), '-r', '0-9')).status).toBe(206);
      expect((await curl(await linkAt(lifeSeconds + 5), '-r', '0-9')).status).toBe(403);
    } finally {
      client.destroy();
    }
  });
});
