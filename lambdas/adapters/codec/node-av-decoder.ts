/**
 * The Decoder port on FFmpeg's libavcodec, through the low-level half of `node-av` (an optional package).
 *
 * Spec: https://ffmpeg.org/doxygen/trunk/group__lavc__decoding.html (packets in, any number of frames out each)
 */
import type { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { CuepointError } from '../../core/errors.ts';
import type { DecodedAudio, Decoder, DecoderConfig, FrameDecoder } from '../../core/ports.ts';
import { EventLoopTurns } from './event-loop-turns.ts';
import { interleavedSamples, SAMPLE_FORMATS, type SampleFormat } from './interleaved-samples.ts';

type Library = typeof import('node-av/lib');
type Constants = typeof import('node-av/constants');

/** What the calls of libavcodec need besides their context. */
type Native = {
  readonly library: Library;
  readonly constants: Constants;
  /** "Feed me first". */
  readonly again: number;
  readonly turns: EventLoopTurns;
};

/**
 * A decoder that reports one error after another without taking in what it was given is left alone after so many: no
 * codec packs more frames than that into one packet.
 */
const MAX_ERRORS_PER_FRAME = 64;

/**
 * The native decoder, or `undefined` where `node-av` is not installed or its binary does not run here (another C
 * library, another processor). It is loaded when first asked for: 170 MB, half a second.
 */
export async function loadDecoder(): Promise<Decoder | undefined> {
  try {
    const library = await import('node-av/lib');
    const constants = await import('node-av/constants');
    // FFmpeg would write what it thinks of each damaged frame to standard error; `failedFrames` counts them instead.
    library.Log.setLevel(constants.AV_LOG_QUIET);
    return new NodeAvDecoder({
      library,
      constants,
      again: library.FFmpegError.AVERROR(library.PosixError.EAGAIN),
      turns: new EventLoopTurns(),
    });
  } catch {
    return undefined;
  }
}

class NodeAvDecoder implements Decoder {
  readonly #native: Native;

  constructor(native: Native) {
    this.#native = native;
  }

  async open(config: DecoderConfig): Promise<FrameDecoder> {
    const codec = this.#findDecoder(config.codec);
    const context = new this.#native.library.CodecContext();
    try {
      this.#configure(context, codec, config);
      const code = context.open2Sync(codec);
      if (code < 0) throw new this.#native.library.FFmpegError(code);
      // What a decoder has settled on by now is final for the formats that the port cannot express (64-bit integers).
      const format = context.sampleFormat;
      if (format !== this.#native.constants.AV_SAMPLE_FMT_NONE && SAMPLE_FORMATS[format] === undefined) {
        throw new RangeError(`sample format ${format} is none of ${SAMPLE_FORMATS.join(', ')}`);
      }
      return new NodeAvFrameDecoder(this.#native, context);
    } catch (cause) {
      context.freeContext();
      throw new CuepointError(
        'unsupported_codec',
        `the ${config.codec} audio (${config.channels} channels, ${config.sampleRate} Hz) was refused by its decoder; ` +
          'encode it again, for example as FLAC, and upload that',
        { cause },
      );
    }
  }

  /** The decoder that FFmpeg prefers for a codec: `mp3` names one in fixed point, while all programs use the other. */
  #findDecoder(name: string): Codec {
    const { Codec } = this.#native.library;
    const named = Codec.findDecoderByName(name as Parameters<typeof Codec.findDecoderByName>[0]);
    const codec = named === null ? null : Codec.findDecoder(named.id);
    if (codec === null || codec.type !== this.#native.constants.AVMEDIA_TYPE_AUDIO) {
      throw new CuepointError(
        'unsupported_codec',
        `the file holds ${name} audio, for which there is no decoder; encode it again, for example as FLAC, and upload that`,
      );
    }
    return codec;
  }

  #configure(context: CodecContext, codec: Codec, config: DecoderConfig): void {
    const { constants } = this.#native;
    context.allocContext3(codec);
    context.sampleRate = config.sampleRate;
    context.channelLayout = { order: constants.AV_CHANNEL_ORDER_UNSPEC, nbChannels: config.channels, mask: 0n };
    if (config.extradata.length > 0) context.extraData = bufferOf(config.extradata);
    if (config.bitsPerSample !== undefined) context.bitsPerCodedSample = config.bitsPerSample;
    if (config.bitRate !== undefined) context.bitRate = BigInt(config.bitRate);
    // A field without an accessor, but an option of every context.
    if (config.blockAlign !== undefined) context.setOption('block_align', config.blockAlign);
    // One thread answers each frame at once; more would hold frames back.
    context.threadCount = 1;
    // Nothing is to be trimmed. But a first Vorbis packet yields nothing (Vorbis I, section 4.3.8): it is FFmpeg that puts
    // out what half a window made of it, and trims that.
    if (config.codec !== 'vorbis') context.flags2 = constants.AV_CODEC_FLAG2_SKIP_MANUAL;
  }
}

class NodeAvFrameDecoder implements FrameDecoder {
  readonly #native: Native;
  readonly #context: CodecContext;
  readonly #packet: Packet;
  /** Reused from call to call: as many as ever came out for one packet. */
  readonly #frames: Frame[] = [];
  /** Counts the calls: what came out of an earlier one is no longer there. */
  #call = 0;
  #failedFrames = 0;
  #closed = false;

  constructor(native: Native, context: CodecContext) {
    this.#native = native;
    this.#context = context;
    this.#packet = new native.library.Packet();
    this.#packet.alloc();
  }

  get failedFrames(): number {
    return this.#failedFrames;
  }

  /** What is returned must be read (`interleaved`) before the next call: its memory is used again. */
  async decode(frame: Uint8Array): Promise<readonly DecodedAudio[]> {
    await this.#native.turns.yieldWhenDue();
    this.#begin();
    // To libavcodec a packet without bytes is the end of the stream.
    if (frame.length === 0) {
      this.#failedFrames++;
      return [];
    }
    this.#packet.data = bufferOf(frame);
    const code = this.#context.sendPacketSync(this.#packet);
    this.#packet.unref();
    return this.#received(code < 0 && code !== this.#native.again ? 1 : 0);
  }

  async flush(): Promise<readonly DecodedAudio[]> {
    this.#begin();
    this.#context.sendPacketSync(null);
    return this.#received(0);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call++;
    for (const frame of this.#frames) frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  #begin(): void {
    if (this.#closed) throw new Error('the decoder is closed');
    this.#call++;
  }

  #received(errorsBefore: number): DecodedAudio[] {
    const decoded: DecodedAudio[] = [];
    let errors = errorsBefore;
    while (errors < MAX_ERRORS_PER_FRAME) {
      const frame = this.#frameAt(decoded.length);
      const code = this.#context.receiveFrameSync(frame);
      if (code === this.#native.again || code === this.#native.constants.AVERROR_EOF) break;
      const format = SAMPLE_FORMATS[frame.format];
      if (code < 0 || format === undefined) errors++;
      else decoded.push(this.#decodedAudio(frame, format));
    }
    if (errors > 0) this.#failedFrames++;
    return decoded;
  }

  #frameAt(index: number): Frame {
    const existing = this.#frames[index];
    if (existing !== undefined) return existing;
    const frame = new this.#native.library.Frame();
    frame.alloc();
    this.#frames.push(frame);
    return frame;
  }

  #decodedAudio(frame: Frame, format: SampleFormat): DecodedAudio {
    const call = this.#call;
    const samples = frame.nbSamples;
    const channels = frame.channels;
    return {
      samples,
      channels,
      sampleRate: frame.sampleRate,
      interleaved: () => {
        if (call !== this.#call) throw new Error('these samples are gone: they are to be read before the next call');
        return interleavedSamples(frame.extendedData ?? [], format, samples, channels);
      },
    };
  }
}

/** The same bytes as the Buffer that node-av takes; it copies them. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
