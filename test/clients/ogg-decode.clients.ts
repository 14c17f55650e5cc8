/**
 * Ogg by real encoders: behind init and preroll FFmpeg decodes every stretch of a file as it does in the whole file, bit
 * by bit for Vorbis, FLAC and Opus alike.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOgg } from '../../lambdas/core/formats/ogg/ogg.ts';
import { type CollectedScan, collectScan } from '../support/collect-scan.ts';
import { MemorySource } from '../support/memory-source.ts';
import { output } from '../support/programs.ts';

const BYTES_PER_SAMPLE = 4;
const STRETCH_SECONDS = 0.7;

const VIDEO = ['-f', 'lavfi', '-i', 'testsrc2=s=160x120:r=10:d=9', '-map', '0:a', '-map', '1:v', '-c:v', 'libtheora'];

/** Settings that differ in what matters: packet and page sizes, rates, channels, streams beside. */
const FILES: Readonly<Record<string, readonly string[]>> = {
  'vorbis.ogg': ['-c:a', 'libvorbis', '-q:a', '6'],
  'vorbis-small-pages.ogg': ['-c:a', 'libvorbis', '-page_duration', '1'],
  'vorbis-mono-8k.ogg': ['-c:a', 'libvorbis', '-ac', '1', '-ar', '8000'],
  'vorbis-other-encoder.ogg': ['-c:a', 'vorbis', '-strict', '-2'],
  'video.ogg': [...VIDEO, '-c:a', 'libvorbis'],
  'opus.ogg': ['-c:a', 'libopus'],
  'opus-2.5ms.ogg': ['-c:a', 'libopus', '-frame_duration', '2.5'],
  'opus-60ms.ogg': ['-c:a', 'libopus', '-frame_duration', '60', '-b:a', '16k'],
  'opus-small-pages.ogg': ['-c:a', 'libopus', '-page_duration', '1'],
  'flac.ogg': ['-c:a', 'flac'],
  // Frames of more than a page: no page begins with a packet.
  'flac-large-frames.ogg': ['-c:a', 'flac', '-sample_fmt', 's32', '-frame_size', '16384'],
};

const CHAINS: Readonly<Record<string, readonly string[]>> = {
  'chain-vorbis.ogg': ['vorbis.ogg', 'vorbis-small-pages.ogg', 'vorbis.ogg'],
  'chain-opus.ogg': ['opus.ogg', 'opus-2.5ms.ogg', 'opus-60ms.ogg', 'opus.ogg'],
  'chain-flac.ogg': ['flac.ogg', 'flac.ogg'],
};

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'cuepoint-ogg-'));
  const noise =
    "aevalsrc='0.3*sin(440*2*PI*t)*sin(0.9*t)+0.2*(random(0)-0.5)|0.3*sin(330*2*PI*t)+0.3*random(1)':s=44100:d=9";
  for (const [name, codec] of Object.entries(FILES)) {
    await output('ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', noise, ...codec, join(scratch, name));
  }
  for (const [name, links] of Object.entries(CHAINS)) {
    await writeFile(
      join(scratch, name),
      Buffer.concat(await Promise.all(links.map((link) => readFile(join(scratch, link))))),
    );
  }
});

afterAll(() => rm(scratch, { recursive: true }));

/** What comes out of FFmpeg, in the codec's own numbers. */
async function decode(file: string, codec: string, ...options: string[]): Promise<Buffer> {
  const format = codec === 'flac' ? 's32le' : 'f32le';
  return output('ffmpeg', '-v', 'quiet', ...options, '-i', join(scratch, file), '-map', '0:a:0', '-f', format, '-');
}

/** The timeline, put together from stretches that were each decoded alone. */
async function decodedInStretches(bytes: Uint8Array, scan: CollectedScan, ...options: string[]): Promise<Buffer> {
  const { packets, initChanges, summary, format } = scan;
  const frameBytes = format.channels * BYTES_PER_SAMPLE;
  const endSample = summary.leadInSamples + summary.totalSamples;
  const parts: Buffer[] = [];
  let sample = 0;
  for (let i = 0; i < packets.length; ) {
    const startSample = sample;
    const startByte = packets[i]?.startByte ?? 0;
    const skipSamples = packets[i]?.prerollSamples ?? 0;
    const from = packets[i - (packets[i]?.prerollPackets ?? 0)]?.startByte;
    do sample += packets[i++]?.samples ?? 0;
    while (
      i < packets.length &&
      sample - startSample < STRETCH_SECONDS * format.sampleRate &&
      !initChanges.some((change) => change.startByte === packets[i]?.startByte)
    );
    const init = initChanges.findLast((change) => change.startByte <= startByte)?.init ?? scan.init;
    await writeFile(join(scratch, 'part.ogg'), Buffer.concat([init, bytes.slice(from, packets[i]?.startByte)]));
    const pcm = await decode('part.ogg', format.codec, ...options);
    const hidden = Math.max(0, summary.leadInSamples - startSample);
    const taken = Math.max(0, Math.min(sample, endSample) - startSample - hidden);
    const start = (skipSamples + hidden) * frameBytes;
    parts.push(pcm.subarray(start, start + taken * frameBytes));
  }
  return Buffer.concat(parts);
}

async function scanFile(name: string): Promise<{ bytes: Uint8Array; scan: CollectedScan }> {
  const bytes = new Uint8Array(await readFile(join(scratch, name)));
  const scan = await openOgg(new MemorySource(bytes));
  if (scan === null) throw new Error(`${name} was not recognised`);
  return { bytes, scan: await collectScan(scan, bytes.length) };
}

// Whether FFmpeg skips what headers tell it to or not: the init tells it to skip nothing.
describe.each([[[]], [['-flags2', '+skip_manual']]])('with options %j', (options) => {
  it.each(Object.keys(FILES))('%s', async (name) => {
    const { bytes, scan } = await scanFile(name);
    const whole = await decode(name, scan.format.codec);
    expect(scan.summary.warnings).toEqual([]);
    expect(scan.summary.totalSamples).toBe(whole.length / BYTES_PER_SAMPLE / scan.format.channels);
    expect(scan.packets.length).toBeGreaterThan(5);
    expect((await decodedInStretches(bytes, scan, ...options)).equals(whole)).toBe(true);
  });

  // FFmpeg decodes the seams of a chain unlike its links: the links are the measure.
  it.each(Object.entries(CHAINS))('%s', async (name, links) => {
    const { bytes, scan } = await scanFile(name);
    const whole = Buffer.concat(await Promise.all(links.map((link) => decode(link, scan.format.codec))));
    expect(scan.summary.warnings.map(({ code }) => code)).toEqual(['links_joined']);
    expect((await decodedInStretches(bytes, scan, ...options)).equals(whole)).toBe(true);
  });
});

it('without preroll it would not be so', async () => {
  for (const name of ['vorbis.ogg', 'opus.ogg']) {
    const { bytes, scan } = await scanFile(name);
    const packets = scan.packets.map((packet) => ({ ...packet, prerollPackets: 0, prerollSamples: 0 }));
    const whole = await decode(name, scan.format.codec);
    expect((await decodedInStretches(bytes, { ...scan, packets })).equals(whole)).toBe(false);
  }
});
