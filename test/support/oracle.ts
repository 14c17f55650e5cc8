/**
 * The promise of the index to a decoder, put to the test: `init`, then the bytes from the preroll's start to the chunk's
 * end, decoded with nothing else known, trimmed as the index says, are the very samples that a decode of the whole file
 * has there.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { loadDecoder } from '../../lambdas/adapters/codec/node-av-decoder.ts';
import { Chunker } from '../../lambdas/core/chunking/chunker.ts';
import { openScan } from '../../lambdas/core/formats/detect.ts';
import type { PacketBatch, Scan, ScanSummary } from '../../lambdas/core/formats/format.ts';
import type { Chunk } from '../../lambdas/core/index/page.ts';
import type { Decoder } from '../../lambdas/core/ports.ts';
import { type CollectedScan, collectScan } from './collect-scan.ts';
import { MemorySource } from './memory-source.ts';
import { decodeFile, joinSamples, type Pcm } from './oracle-decode.ts';

export type OracleOptions = {
  /** `false`: the negative control, each chunk from its own first byte and untrimmed at its start. */
  readonly withPreroll?: boolean;
  /** Short, so that there are many chunks. */
  readonly targetSeconds?: number;
};

export type OracleResult = {
  readonly scan: CollectedScan;
  readonly chunks: readonly Chunk[];
  /** The timeline, joined from chunks that were decoded alone. */
  readonly ours: Pcm;
  /**
   * The same stretch of a decode of the whole file that keeps every sample. Of a chained Ogg: its links, each as FFmpeg
   * plays it alone, since across them it loses its place.
   */
  readonly whole: Pcm;
  /** Chunks that gave fewer samples than the index says, as `number: got/expected`. */
  readonly shortChunks: readonly string[];
};

/** Decodes a file in one piece and in chunks. Throws what `openScan` throws. */
export async function consultOracle(file: string, options: OracleOptions = {}): Promise<OracleResult> {
  const { withPreroll = true, targetSeconds = 1 } = options;
  const bytes = await readFile(file);
  const decoder = await loadDecoder();
  const { scan, chunks } = await chunksOf(bytes, decoder, targetSeconds);
  const whole = decodeFile(file);
  const folder = await mkdtemp(join(tmpdir(), 'cuepoint-oracle-'));
  try {
    const alone = new ChunkDecode(bytes, scan, decoder, {
      file: join(folder, `chunk${extname(file)}`),
      demuxer: whole.demuxer,
    });
    const parts: (Int32Array | Float32Array)[] = [];
    const shortChunks: string[] = [];
    for (const chunk of chunks) {
      const part = await alone.decode(chunk, withPreroll);
      const samples = part.length / whole.channels;
      if (samples !== chunk.endSample - chunk.startSample) {
        shortChunks.push(`${chunk.number}: ${samples}/${chunk.endSample - chunk.startSample}`);
      }
      parts.push(part);
    }
    const { sampleRate, channels } = whole;
    return {
      scan,
      chunks,
      ours: onTimeline({ sampleRate, channels, data: joinSamples(parts) }, scan.summary),
      whole: scan.initChanges.length === 0 ? onTimeline(whole, scan.summary) : await linksOf(bytes, folder),
      shortChunks,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function chunksOf(
  bytes: Uint8Array,
  decoder: Decoder | undefined,
  targetSeconds: number,
): Promise<{ scan: CollectedScan; chunks: Chunk[] }> {
  const source = new MemorySource(bytes);
  const opened = await openScan(source, decoder === undefined ? {} : { decoder });
  const config = { strategy: 'duration', targetSeconds, maxChunkBytes: 2 ** 23 } as const;
  const chunker = new Chunker(config, opened.format.sampleRate);
  const chunks: Chunk[] = [];
  const watched: Scan = {
    ...opened,
    packets: () => tapped(opened.packets(), (batch) => chunks.push(...chunker.accept(batch))),
  };
  const scan = await collectScan(watched, bytes.length);
  chunks.push(...chunker.finish(scan.summary, bytes.length));
  return { scan, chunks };
}

async function* tapped(
  batches: AsyncGenerator<PacketBatch, ScanSummary, undefined>,
  see: (batch: PacketBatch) => void,
): AsyncGenerator<PacketBatch, ScanSummary, undefined> {
  for (;;) {
    const step = await batches.next();
    if (step.done) return step.value;
    see(step.value);
    yield step.value;
  }
}

/** Every link of a chained Ogg decoded by itself, delay and padding trimmed by FFmpeg, one after the other. */
async function linksOf(bytes: Buffer, folder: string): Promise<Pcm> {
  const bounds = [...linkStartBytes(bytes), bytes.length];
  const links: Pcm[] = [];
  for (const [i, startByte] of bounds.slice(0, -1).entries()) {
    const file = join(folder, `link${i}`);
    await writeFile(file, bytes.subarray(startByte, bounds[i + 1]));
    links.push(decodeFile(file, { gapless: true }));
  }
  const { sampleRate = 0, channels = 0 } = links[0] ?? {};
  return { sampleRate, channels, data: joinSamples(links.map(({ data }) => data)) };
}

/** Where pages with the flag "first page of a stream" begin (RFC 3533, section 6). */
function* linkStartBytes(bytes: Buffer): Generator<number> {
  for (let at = bytes.indexOf('OggS'); at >= 0; at = bytes.indexOf('OggS', at + 4)) {
    if (((bytes[at + 5] ?? 0) & 2) !== 0) yield at;
  }
}

function onTimeline({ sampleRate, channels, data }: Pcm, { leadInSamples, totalSamples }: ScanSummary): Pcm {
  return {
    sampleRate,
    channels,
    data: data.subarray(leadInSamples * channels, (leadInSamples + totalSamples) * channels),
  };
}

/** Decodes chunks as a client does that has nothing but the chunk, its preroll and its init. */
class ChunkDecode {
  readonly #bytes: Uint8Array;
  readonly #scan: CollectedScan;
  readonly #decoder: Decoder | undefined;
  readonly #scratch: { readonly file: string; readonly demuxer: string };

  constructor(
    bytes: Uint8Array,
    scan: CollectedScan,
    decoder: Decoder | undefined,
    scratch: { readonly file: string; readonly demuxer: string },
  ) {
    this.#bytes = bytes;
    this.#scan = scan;
    this.#decoder = decoder;
    this.#scratch = scratch;
  }

  async decode(chunk: Chunk, withPreroll: boolean): Promise<Int32Array | Float32Array> {
    const { audioStartByte, audioEndByte } = this.#scan.summary;
    const ownStartByte = chunk.number === 0 ? audioStartByte : chunk.startByte;
    const fromByte = withPreroll ? ownStartByte - chunk.preroll.bytes : ownStartByte;
    const toByte = Math.min(chunk.endByte, audioEndByte);
    const { channels, data } =
      this.#scan.format.decoderConfig === undefined
        ? await this.#decodeStream(fromByte, toByte)
        : await this.#decodeFrames(fromByte, toByte);
    const skipSamples = withPreroll ? chunk.preroll.samples : 0;
    return data.slice(skipSamples * channels, (skipSamples + chunk.endSample - chunk.startSample) * channels);
  }

  async #decodeStream(fromByte: number, toByte: number): Promise<Pick<Pcm, 'channels' | 'data'>> {
    const { init, initChanges } = this.#scan;
    const held = initChanges.findLast(({ startByte }) => startByte <= fromByte)?.init ?? init;
    await writeFile(this.#scratch.file, Buffer.concat([held, this.#bytes.subarray(fromByte, toByte)]));
    try {
      return decodeFile(this.#scratch.file, { demuxer: this.#scratch.demuxer });
    } catch {
      // What cannot be decoded at all is no samples, which the comparison shows.
      return { channels: 1, data: new Int32Array(0) };
    }
  }

  async #decodeFrames(fromByte: number, toByte: number): Promise<Pick<Pcm, 'channels' | 'data'>> {
    const { codec, sampleRate, channels, decoderConfig: extradata = new Uint8Array(0) } = this.#scan.format;
    if (this.#decoder === undefined) throw new Error('frames can be decoded natively only');
    const opened = await this.#decoder.open({ codec, sampleRate, channels, extradata });
    try {
      const parts: (Int32Array | Float32Array)[] = [];
      let decodedChannels = channels;
      for (const { startByte, byteLength } of this.#scan.frames) {
        if (startByte < fromByte || startByte >= toByte) continue;
        for (const audio of await opened.decode(this.#bytes.subarray(startByte, startByte + byteLength))) {
          decodedChannels = audio.channels;
          parts.push(audio.interleaved());
        }
      }
      for (const audio of await opened.flush()) parts.push(audio.interleaved());
      return { channels: decodedChannels, data: joinSamples(parts) };
    } finally {
      opened.close();
    }
  }
}

/** How two decodes differ: the larger's excess in samples a channel, the greatest difference (full scale is 1) and its first place. */
export type Difference = {
  readonly missingSamples: number;
  readonly greatest: number;
  /** Sample (per channel) of the timeline at which they first differ; absent where they do not. */
  readonly firstSample?: number;
};

export function differenceOf(ours: Pcm, theirs: Pcm): Difference {
  const scale = ours.data instanceof Float32Array ? 1 : 2 ** 31;
  const common = Math.min(ours.data.length, theirs.data.length);
  let greatest = 0;
  let first = -1;
  for (let i = 0; i < common; i++) {
    const difference = (ours.data[i] ?? 0) - (theirs.data[i] ?? 0);
    if (difference === 0) continue;
    if (first < 0) first = i;
    if (difference > greatest) greatest = difference;
    if (-difference > greatest) greatest = -difference;
  }
  return {
    missingSamples: (theirs.data.length - ours.data.length) / theirs.channels,
    greatest: greatest / scale,
    ...(first < 0 ? {} : { firstSample: Math.floor(first / ours.channels) }),
  };
}
