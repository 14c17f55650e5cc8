import { CuepointError } from '../../errors.ts';
import type { DecoderConfig } from '../../ports.ts';
import type { AudioStream, WaveFormat } from './stream-properties.ts';

/** The lowest bitrates there are have blocks of some hundred bytes; shorter ones would be all frame and no sound. */
const MIN_BLOCK_BYTES = 16;

const WMA_CODECS: ReadonlyMap<number, string> = new Map([
  [0x160, 'wmav1'],
  [0x161, 'wmav2'],
  [0x162, 'wmapro'],
  [0x163, 'wmalossless'],
]);

const OTHER_CODECS: ReadonlyMap<number, string> = new Map([
  [0x0001, 'PCM'],
  [0x0002, 'ADPCM'],
  [0x000a, 'Windows Media Audio Voice'],
  [0x000b, 'Windows Media Audio Voice 10'],
  [0x0050, 'MPEG audio, layer I or II'],
  [0x0055, 'MP3'],
  [0x00ff, 'AAC'],
  [0x0130, 'ACELP.net'],
  [0x0164, 'Windows Media Audio over S/PDIF'],
  [0x1600, 'AAC in ADTS'],
  [0x1610, 'HE-AAC'],
  [0x2000, 'AC-3'],
  [0x7a21, 'AMR'],
  [0x7a22, 'AMR'],
]);

/**
 * The first audio stream of a codec that is served, and its decoder's configuration. Throws `no_audio` when there is
 * no audio stream, `unsupported_codec` when none is served, `malformed_header` when its fields contradict it.
 */
export function servedStream(streams: readonly AudioStream[]): { stream: AudioStream; config: DecoderConfig } {
  const [first] = streams;
  if (first === undefined) {
    throw new CuepointError('no_audio', 'the ASF file declares no audio stream; upload a file that has audio in it');
  }
  const stream = streams.find(({ waveFormat }) => WMA_CODECS.has(waveFormat.formatTag));
  const codec = stream && WMA_CODECS.get(stream.waveFormat.formatTag);
  if (stream === undefined || codec === undefined) throw unserved(first.waveFormat.formatTag);
  return { stream, config: decoderConfig(codec, stream.waveFormat) };
}

/**
 * Samples that FFmpeg leaves out at the beginning of a stream: WMA 1 and 2 overlap their frames, and its encoders begin
 * a frame early. Of the other codecs it leaves out nothing but what the decoder itself keeps back.
 */
export function leadInSamples({ codec, sampleRate }: DecoderConfig): number {
  if (codec === 'wmapro' || codec === 'wmalossless') return 0;
  return 2 * frameSamples(codec, sampleRate);
}

function frameSamples(codec: string, sampleRate: number): number {
  if (sampleRate <= 16000) return 512;
  return sampleRate <= 22050 || (sampleRate <= 32000 && codec === 'wmav1') ? 1024 : 2048;
}

function decoderConfig(codec: string, waveFormat: WaveFormat): DecoderConfig {
  const { channels, sampleRate, bytesPerSecond, blockAlign, bitsPerSample, extradata } = waveFormat;
  if (channels === 0 || sampleRate === 0 || blockAlign < MIN_BLOCK_BYTES) {
    throw new CuepointError(
      'malformed_header',
      `the ASF header declares ${channels} channels at ${sampleRate} Hz in blocks of ${blockAlign} bytes, at least 1, 1 and ${MIN_BLOCK_BYTES} are expected; upload the file again`,
    );
  }
  return { codec, sampleRate, channels, extradata, blockAlign, bitsPerSample, bitRate: bytesPerSecond * 8 };
}

function unserved(formatTag: number): CuepointError {
  const tag = `0x${formatTag.toString(16).padStart(4, '0')}`;
  const name = OTHER_CODECS.get(formatTag);
  return new CuepointError(
    'unsupported_codec',
    `the ASF file holds ${name === undefined ? `audio of format ${tag}` : `${name} (format ${tag})`}, and Windows Media Audio 1, 2, Pro and Lossless are served; convert it, for instance to FLAC`,
  );
}
