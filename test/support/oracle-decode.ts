import {
  AV_CODEC_FLAG2_SKIP_MANUAL,
  AV_CODEC_ID_VORBIS,
  AV_PKT_DATA_SKIP_SAMPLES,
  AVMEDIA_TYPE_AUDIO,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, FormatContext, Frame, InputFormat, Log, Packet } from 'node-av/lib';
import { interleavedSamples, SAMPLE_FORMATS } from '../../lambdas/adapters/codec/interleaved-samples.ts';

export type Pcm = {
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Interleaved; integers left-justified in 32 bits. */
  readonly data: Int32Array | Float32Array;
};

export type DecodeFileOptions = {
  /** FFmpeg's name of the container, for bytes that are too few to be recognised. */
  readonly demuxer?: string;
  /** Let FFmpeg skip delay and padding, as its command line does. Else every sample that the decoder puts out is kept. */
  readonly gapless?: boolean;
};

const QUIET = -8;

/** A whole file through FFmpeg's own demuxer and decoder: its first audio stream. */
export function decodeFile(path: string, options: DecodeFileOptions = {}): Pcm & { readonly demuxer: string } {
  Log.setLevel(QUIET as Parameters<typeof Log.setLevel>[0]);
  const format = new FormatContext();
  const packet = new Packet();
  packet.alloc();
  try {
    const forced = options.demuxer === undefined ? null : InputFormat.findInputFormat(options.demuxer);
    FFmpegError.throwIfError(format.openInputSync(path, forced, null), `opening ${path}`);
    FFmpegError.throwIfError(format.findStreamInfoSync(null), `reading ${path}`);
    const stream = format.streams.find(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_AUDIO);
    if (stream === undefined) throw new Error(`${path} has no audio`);
    const parts = new PcmParts();
    // FFmpeg trims by itself, here too, what half a window makes of a first Vorbis packet: by the specification nothing.
    const keepsAll = options.gapless !== true;
    const vorbis = stream.codecpar.codecId === AV_CODEC_ID_VORBIS;
    const context = openContext(stream.codecpar, keepsAll && !vorbis);
    try {
      context.pktTimebase = stream.timeBase;
      while (format.readFrameSync(packet) >= 0) {
        if (packet.streamIndex === stream.index) {
          if (keepsAll && vorbis) forbidSkipping(packet);
          decodePacket(context, packet, parts);
        }
        packet.unref();
      }
      decodePacket(context, null, parts);
    } finally {
      context.freeContext();
    }
    return { ...parts.joined(), demuxer: format.iformat?.name?.replace(/,.*/, '') ?? '' };
  } finally {
    packet.free();
    format.closeInputSync();
  }
}

function openContext(
  parameters: Parameters<CodecContext['parametersToContext']>[0],
  skipManual: boolean,
): CodecContext {
  const context = new CodecContext();
  const codec = Codec.findDecoder(parameters.codecId);
  context.allocContext3(codec);
  FFmpegError.throwIfError(context.parametersToContext(parameters), 'setting up the decoder');
  context.threadCount = 1;
  if (skipManual) context.flags2 = AV_CODEC_FLAG2_SKIP_MANUAL;
  FFmpegError.throwIfError(context.open2Sync(codec), 'opening the decoder');
  return context;
}

/** What the demuxer found out about delay and padding goes with the packets. */
function forbidSkipping(packet: Packet): void {
  const type = AV_PKT_DATA_SKIP_SAMPLES;
  const skipped = packet.getSideData(type);
  if (skipped !== null) packet.addSideData(type, Buffer.alloc(skipped.length));
}

function decodePacket(context: CodecContext, packet: Packet | null, parts: PcmParts): void {
  context.sendPacketSync(packet);
  const frame = new Frame();
  frame.alloc();
  while (context.receiveFrameSync(frame) === 0) parts.take(frame);
  frame.free();
}

/** What came out, frame by frame. Once the rate or the channels change nothing more is taken, as on a timeline. */
class PcmParts {
  readonly #parts: (Int32Array | Float32Array)[] = [];
  #shape: { readonly sampleRate: number; readonly channels: number } | undefined;

  take(frame: Frame): void {
    const { sampleRate, channels, nbSamples } = frame;
    this.#shape ??= { sampleRate, channels };
    if (this.#shape.sampleRate !== sampleRate || this.#shape.channels !== channels) return;
    const format = SAMPLE_FORMATS[frame.format];
    if (format === undefined) throw new Error(`sample format ${frame.format}`);
    this.#parts.push(interleavedSamples(frame.extendedData ?? [], format, nbSamples, channels));
  }

  joined(): Pcm {
    return { ...(this.#shape ?? { sampleRate: 0, channels: 0 }), data: joinSamples(this.#parts) };
  }
}

/** One array of all; of floats if the first is. */
export function joinSamples(parts: readonly (Int32Array | Float32Array)[]): Int32Array | Float32Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = parts[0] instanceof Float32Array ? new Float32Array(length) : new Int32Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
