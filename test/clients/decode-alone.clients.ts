/**
 * The promise of the index to a decoder: `init`, then the bytes from `preroll.startByte` to the chunk's end, trimmed as
 * the plan says, are the very samples that a decode of the whole file has there.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, startHost } from '../../server/host.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { output } from '../support/programs.ts';
import { silentLog } from '../support/silent-log.ts';

const BYTES_PER_SAMPLE = 4;

/** Settings that differ in what matters: bit reservoir, frame lengths, layer's halves, tags, channels, blocking. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'cbr.mp3': ['-b:a', '128k'],
  'low.mp3': ['-b:a', '32k', '-ac', '1'],
  'vbr.mp3': ['-q:a', '3'],
  'no-xing.mp3': ['-q:a', '5', '-write_xing', '0'],
  'mpeg2.mp3': ['-ar', '22050', '-b:a', '48k'],
  'mpeg25.mp3': ['-ar', '11025', '-b:a', '24k', '-ac', '1'],
  'wide.flac': ['-sample_fmt', 's32'],
  'plain.flac': [],
  'plain.wav': [],
};

let folders: TemporaryFolders;
let host: Host;
let scratch: string;

beforeAll(async () => {
  folders = await temporaryFolders();
  scratch = await mkdtemp(join(tmpdir(), 'cuepoint-decode-'));
  const noise = "aevalsrc='0.3*sin(440*2*PI*t)*sin(0.9*t)+0.2*(random(0)-0.5)|0.3*sin(330*2*PI*t)':s=44100:d=13";
  for (const [name, codec] of Object.entries(FILES)) {
    await output('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', noise, ...codec, join(folders.sourceFolder, name));
  }
  const chunking = { strategy: 'duration', targetSeconds: 1, maxChunkBytes: 2 ** 23 } as const;
  host = await startHost({ ...folders, port: 0, host: '127.0.0.1', log: silentLog, settings: { chunking } });
  await host.ready;
});

afterAll(async () => {
  await host.close();
  await folders.remove();
  await rm(scratch, { recursive: true });
});

/** Decodes bytes as they are: FFmpeg skips and trims nothing by itself, which the tests do by the plan. */
async function decodeBytes(bytes: Uint8Array, extension: string): Promise<Buffer> {
  const file = join(scratch, `part.${extension}`);
  await writeFile(file, bytes);
  const args = ['-v', 'quiet', '-flags2', '+skip_manual', '-i', file, '-f', 's32le', '-'];
  // What it cannot decode at all is no samples, which the comparison shows.
  return output('ffmpeg', ...args).catch(() => Buffer.alloc(0));
}

async function decodedAlone(name: string, withPreroll: boolean): Promise<{ ours: Buffer; whole: Buffer }> {
  const { tracks } = jsonOf(await rawRequest(`${host.url}/v1/tracks`));
  const track = tracks.find((candidate: { path: string }) => candidate.path === name);
  const plan = jsonOf(await rawRequest(`${host.url}${track.links.chunks}`));
  const init = Buffer.from(plan.init?.base64 ?? '', 'base64');
  const source = Buffer.from((await rawRequest(`${host.url}${track.links.audio}`)).body);
  const frameBytes = track.channels * BYTES_PER_SAMPLE;
  const parts: Buffer[] = [];
  for (const chunk of plan.chunks) {
    const from = withPreroll ? chunk.preroll.startByte : Math.max(chunk.startByte, plan.audioStartByte);
    const fed = source.subarray(from, Math.min(chunk.endByte, plan.audioEndByte));
    const pcm = await decodeBytes(Buffer.concat([init, fed]), name.replace(/.*\./, ''));
    const start = chunk.trim.skipSamples * frameBytes;
    parts.push(pcm.subarray(start, start + chunk.trim.takeSamples * frameBytes));
  }
  const whole = await output('ffmpeg', '-v', 'error', '-i', join(folders.sourceFolder, name), '-f', 's32le', '-');
  return { ours: Buffer.concat(parts), whole };
}

it.each(Object.keys(FILES))('every chunk of %s decodes alone as in the whole', async (name) => {
  const { ours, whole } = await decodedAlone(name, true);
  expect(ours.length).toBe(whole.length);
  expect(ours.equals(whole)).toBe(true);
});

it('and without its preroll an MP3 does not', async () => {
  const { ours, whole } = await decodedAlone('cbr.mp3', false);
  expect(ours.equals(whole)).toBe(false);
});
