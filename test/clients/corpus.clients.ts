/**
 * Every file of a folder of real audio (CUEPOINT_CORPUS), or of one that is made here: how it ends, its bytes, its
 * length. The expected ends are those of docs/formats.md.
 */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Host, startHost } from '../../server/host.ts';
import { sha256, type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';
import { expectedTracks } from './expected-tracks.ts';

type Track = {
  readonly path: string;
  readonly status: string;
  readonly reason?: { readonly code: string };
  readonly warnings: readonly { readonly code: string }[];
  readonly totalSamples: number;
  readonly channels: number;
  readonly links: { readonly audio: string; readonly stream: string; readonly chunks: string };
};

const RANGES = 1000;

let folders: TemporaryFolders;
let host: Host;
let tracks: readonly Track[] = [];

async function makeCorpus(): Promise<void> {
  const { sourceFolder } = folders;
  const noise = ['-v', 'error', '-f', 'lavfi', '-i', 'anoisesrc=d=31:c=pink:r=44100:seed=5', '-ac', '2'];
  const write = (name: string, ...codec: string[]) => output('ffmpeg', ...noise, ...codec, join(sourceFolder, name));
  await write('made.cbr.mp3', '-b:a', '128k');
  await write('made.vbr.mp3', '-q:a', '4');
  await write('made.no-xing.mp3', '-q:a', '4', '-write_xing', '0');
  await write('made.mpeg2.mp3', '-ar', '22050', '-ac', '1');
  await write('made.flac');
  await write('made.24.flac', '-sample_fmt', 's32');
  await write('made.wav');
  await write('made.float.wav', '-c:a', 'pcm_f32le');
  await write('made.aiff');
  await write('made.aac');
  await write('made.m4a', '-movflags', '+faststart');
  await write('made.alac.m4a', '-c:a', 'alac');
  await write('made.ogg', '-c:a', 'libvorbis');
  await write('made.opus', '-c:a', 'libopus');
  await write('made.webm', '-c:a', 'libopus');
  await write('made.wv');
  await write('made.wma');
  await write('made.au');
}

beforeAll(async () => {
  folders = await temporaryFolders();
  const corpus = process.env.CUEPOINT_CORPUS;
  if (corpus) {
    const names = (await readdir(corpus)).filter((name) => !name.endsWith('.md'));
    for (const name of names) await copyFile(join(corpus, name), join(folders.sourceFolder, name));
  } else {
    await makeCorpus();
  }
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog });
  await host.ready;
  tracks = jsonOf(await rawRequest(`${host.url}/v1/tracks?limit=1000`)).tracks;
});

afterAll(async () => {
  await host.close();
  await folders.remove();
});

/** How ingesting ended: what is `ready` has been analysed since. */
const endOf = ({ status }: Track): string => (status === 'ready' ? 'playable' : status);

const playable = (): readonly Track[] => tracks.filter((track) => endOf(track) === 'playable');

it('ends each file as documented', () => {
  const ends = Object.fromEntries(
    tracks.map((track) => {
      const { path, reason, warnings } = track;
      return [path, [endOf(track), ...(reason ? [reason.code] : warnings.map(({ code }) => code))].join(' ')];
    }),
  );
  const known = Object.fromEntries(Object.entries(expectedTracks).filter(([path]) => path in ends));
  expect(ends).toMatchObject(known);
  // Of files that the table does not know, only what their names promise can be asked.
  const unknown = Object.entries(ends).filter(([path]) => !(path in expectedTracks));
  for (const [path, end] of unknown) {
    const expected = /\.(au|tta|ape|caf)$/.test(path)
      ? 'failed unsupported_format'
      : expect.stringMatching(/^playable/);
    expect([path, end]).toEqual([path, expected]);
  }
});

it('gives back each file from its chunks, and any range of it on both routes', async () => {
  for (const track of playable()) {
    const source = await readFile(join(folders.sourceFolder, track.path));
    const plan = jsonOf(await rawRequest(`${host.url}${track.links.chunks}`));
    const chunks: Buffer[] = [];
    let sample = 0;
    for (const chunk of plan.chunks) {
      chunks.push(Buffer.from((await rawRequest(chunk.url)).body));
      expect(chunk.startSample).toBe(sample);
      sample = chunk.endSample;
    }
    expect([track.path, sample]).toEqual([track.path, track.totalSamples]);
    expect(sha256(Buffer.concat(chunks))).toBe(sha256(source));

    let seed = 42;
    for (let i = 0; i < RANGES; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const first = seed % source.length;
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const last = Math.min(source.length - 1, first + (seed % (i % 10 === 0 ? source.length : 20_000)));
      const route = i % 2 === 0 ? track.links.audio : track.links.stream;
      const { status, body } = await rawRequest(`${host.url}${route}`, {
        headers: { Range: `bytes=${first}-${last}` },
      });
      if (status !== 206 || !Buffer.from(body).equals(source.subarray(first, last + 1))) {
        throw new Error(
          `${track.path} bytes=${first}-${last}: ${status}, ${body.length} bytes, not those of the source`,
        );
      }
    }
  }
});

/** Where FFmpeg says something else, and docs/formats.md says why. */
const EXPLAINED_SAMPLES: Readonly<Record<string, number>> = {
  // FFmpeg resamples what follows the change of rate; here the timeline ends there.
  'flac-changing-samplerate.flac': 163_840,
  // FFmpeg keeps the last packet whole; the edit ends 640 samples before.
  'hungarian-dance.faststart.m4a': 2_021_760,
  'hungarian-dance.moov-last.m4a': 2_021_760,
  'made.m4a': 31 * 44_100,
};

it("agrees with ffmpeg's gapless decode on every length, or with flac's where ffmpeg gives up", async () => {
  const expected: Record<string, number> = {};
  for (const track of playable()) {
    const file = join(folders.sourceFolder, track.path);
    const raw = ['--force-raw-format', '--endian=little', '--sign=signed'];
    const pcm = await output('ffmpeg', '-v', 'quiet', '-i', file, '-f', 's16le', '-').catch(() =>
      output('flac', '-s', '-d', '-c', ...raw, file),
    );
    expected[track.path] = EXPLAINED_SAMPLES[track.path] ?? pcm.length / 2 / track.channels;
  }
  expect(Object.fromEntries(playable().map((track) => [track.path, track.totalSamples]))).toEqual(expected);
});
