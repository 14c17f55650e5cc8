import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './programs.ts';

/** One way to make a file from `tone.wav`, and how exactly its chunks must decode. */
export type OracleFixture = {
  /** `IN` and `OUT` stand for the files. */
  readonly command: readonly string[];
  /** Greatest difference allowed (full scale is 1); absent: not a bit. */
  readonly tolerance?: number;
  /** What FFmpeg plays is not the timeline: why not. */
  readonly notGapless?: string;
  /** Without preroll its chunks must come out wrong: the negative control. */
  readonly needsPreroll?: true;
};

const ffmpeg = (...options: string[]): readonly string[] => [
  'ffmpeg',
  '-v',
  'error',
  '-y',
  '-i',
  'IN',
  ...options,
  'OUT',
];

/**
 * A decoder makes the noise of AAC's perceptual noise substitution by itself, from where it began (ISO/IEC 14496-3,
 * section 4.6.13): another begin, other noise. 0.18 was seen in what is half noise.
 */
const SUBSTITUTED_NOISE = 0.25;

/** Opus forgets where it began exponentially (RFC 7845, section 4.6): below the last of 16 bits. None was seen. */
const OPUS_CONVERGENCE = 2 ** -16;

/** FFmpeg's decoder of Layer II carries the rounding of 16-bit samples along: one unit. */
const CARRIED_ROUNDING = 2 ** -15;

/** What may be allowed a file of which nothing but its codec is known. */
export function toleranceOf(codec: string): number {
  switch (codec) {
    case 'aac':
      return SUBSTITUTED_NOISE;
    case 'opus':
      return OPUS_CONVERGENCE;
    case 'mp1':
    case 'mp2':
      return CARRIED_ROUNDING;
    default:
      return 0;
  }
}

/** Settings that differ in what matters: reservoir, frame and block lengths, delays, channels, rates, containers, writers. */
export const ORACLE_FIXTURES: Readonly<Record<string, OracleFixture>> = {
  'cbr.mp3': { command: ffmpeg('-b:a', '128k'), needsPreroll: true },
  'low.mp3': { command: ffmpeg('-b:a', '32k', '-ac', '1'), needsPreroll: true },
  'vbr.mp3': { command: ffmpeg('-q:a', '3'), needsPreroll: true },
  'no-xing.mp3': { command: ffmpeg('-q:a', '5', '-write_xing', '0'), needsPreroll: true },
  'mpeg2.mp3': { command: ffmpeg('-ar', '22050', '-b:a', '48k'), needsPreroll: true },
  'mpeg25.mp3': { command: ffmpeg('-ar', '11025', '-b:a', '24k', '-ac', '1'), needsPreroll: true },
  'lame-v2.mp3': { command: ['lame', '--quiet', '-V', '2', 'IN', 'OUT'], needsPreroll: true },
  'lame-abr.mp3': { command: ['lame', '--quiet', '--abr', '112', '-m', 'j', 'IN', 'OUT'], needsPreroll: true },
  'lame-320-crc.mp3': { command: ['lame', '--quiet', '-b', '320', '-p', 'IN', 'OUT'] },
  'lame-no-reservoir.mp3': { command: ['lame', '--quiet', '-b', '96', '--nores', 'IN', 'OUT'], needsPreroll: true },
  'layer2.mp2': { command: ffmpeg('-c:a', 'mp2', '-b:a', '192k'), tolerance: CARRIED_ROUNDING },

  'plain.flac': { command: ffmpeg() },
  'wide.flac': { command: ffmpeg('-sample_fmt', 's32') },
  'flac-8.flac': { command: ['flac', '-s', '-f', '-8', '-o', 'OUT', 'IN'] },
  'flac-short-blocks.flac': { command: ['flac', '-s', '-f', '-0', '--blocksize=576', '-o', 'OUT', 'IN'] },
  'mono-8k.flac': { command: ffmpeg('-ac', '1', '-ar', '8000') },

  'plain.wav': { command: ffmpeg() },
  'byte.wav': { command: ffmpeg('-c:a', 'pcm_u8') },
  'wide.wav': { command: ffmpeg('-c:a', 'pcm_s24le') },
  'float.wav': { command: ffmpeg('-c:a', 'pcm_f32le') },
  'six.wav': { command: ffmpeg('-ac', '6') },
  'sox.wav': { command: ['sox', 'IN', '-r', '48000', '-b', '24', 'OUT'] },

  'plain.aiff': { command: ffmpeg() },
  'wide.aiff': { command: ffmpeg('-c:a', 'pcm_s24be') },
  'little.aifc': { command: ffmpeg('-c:a', 'pcm_s16le', '-f', 'aiff') },
  'sox.aiff': { command: ['sox', 'IN', '-b', '32', 'OUT'] },

  'plain.aac': { command: ffmpeg('-c:a', 'aac', '-aac_pns', '0', '-b:a', '128k'), needsPreroll: true },
  'mono.aac': { command: ffmpeg('-c:a', 'aac', '-aac_pns', '0', '-ac', '1', '-ar', '22050'), needsPreroll: true },
  'noisy.aac': { command: ffmpeg('-c:a', 'aac', '-b:a', '96k'), tolerance: SUBSTITUTED_NOISE, needsPreroll: true },

  'plain.m4a': { command: ffmpeg('-c:a', 'aac', '-aac_pns', '0'), needsPreroll: true },
  'faststart.m4a': {
    command: ffmpeg('-c:a', 'aac', '-aac_pns', '0', '-movflags', '+faststart', '-ar', '48000'),
    needsPreroll: true,
  },
  'fragments.m4a': {
    command: ffmpeg(
      '-c:a',
      'aac',
      '-aac_pns',
      '0',
      '-movflags',
      '+frag_keyframe+empty_moov',
      '-frag_duration',
      '900000',
    ),
    needsPreroll: true,
    notGapless: 'it keeps the last packet of AAC whole',
  },
  'noisy.m4a': { command: ffmpeg('-c:a', 'aac', '-b:a', '96k'), tolerance: SUBSTITUTED_NOISE, needsPreroll: true },
  'alac.m4a': { command: ffmpeg('-c:a', 'alac') },
  'alac-wide.m4a': { command: ffmpeg('-c:a', 'alac', '-sample_fmt', 's32p') },
  'flac.mp4': { command: ffmpeg('-c:a', 'flac', '-strict', '-2') },
  'opus.mp4': {
    command: ffmpeg('-c:a', 'libopus', '-strict', '-2'),
    tolerance: OPUS_CONVERGENCE,
    needsPreroll: true,
    notGapless: 'it does not trim the end of Opus in MP4',
  },

  'vorbis.ogg': { command: ffmpeg('-c:a', 'libvorbis', '-q:a', '3'), needsPreroll: true },
  'oggenc-q8.ogg': { command: ['oggenc', '-Q', '-q', '8', '-o', 'OUT', 'IN'], needsPreroll: true },
  'oggenc-mono.ogg': {
    command: ['oggenc', '-Q', '-q', '0', '--downmix', '--resample', '16000', '-o', 'OUT', 'IN'],
    needsPreroll: true,
  },
  'flac.oga': { command: ffmpeg('-c:a', 'flac', '-f', 'ogg') },
  'plain.opus': { command: ['opusenc', '--quiet', 'IN', 'OUT'], tolerance: OPUS_CONVERGENCE, needsPreroll: true },
  'long-frames.opus': {
    command: ['opusenc', '--quiet', '--framesize', '60', '--bitrate', '48', 'IN', 'OUT'],
    tolerance: OPUS_CONVERGENCE,
    needsPreroll: true,
  },
  'short-frames.opus': {
    command: ['opusenc', '--quiet', '--framesize', '2.5', 'IN', 'OUT'],
    tolerance: OPUS_CONVERGENCE,
    needsPreroll: true,
  },
  'speech.opus': {
    command: ffmpeg('-c:a', 'libopus', '-application', 'voip', '-b:a', '16k', '-ac', '1', '-ar', '16000'),
    tolerance: OPUS_CONVERGENCE,
    needsPreroll: true,
  },

  'plain.wv': { command: ['wavpack', '-q', '-y', 'IN', '-o', 'OUT'] },
  'high.wv': { command: ['wavpack', '-q', '-y', '-hh', '-x', 'IN', '-o', 'OUT'] },
  'hybrid.wv': { command: ['wavpack', '-q', '-y', '-b256', 'IN', '-o', 'OUT'] },
  'ffmpeg.wv': { command: ffmpeg('-ac', '1') },

  'plain.wma': { command: ffmpeg('-c:a', 'wmav2', '-b:a', '128k'), needsPreroll: true },
  'low.wma': { command: ffmpeg('-c:a', 'wmav2', '-b:a', '48k', '-ac', '1', '-ar', '22050'), needsPreroll: true },
  'old.wma': { command: ffmpeg('-c:a', 'wmav1', '-b:a', '96k'), needsPreroll: true },

  'opus.webm': { command: ffmpeg('-c:a', 'libopus'), tolerance: OPUS_CONVERGENCE, needsPreroll: true },
  'vorbis.webm': { command: ffmpeg('-c:a', 'libvorbis'), needsPreroll: true },
  'opus.mka': { command: ffmpeg('-c:a', 'libopus', '-f', 'matroska'), tolerance: OPUS_CONVERGENCE, needsPreroll: true },
};

/** Files one behind the other: the links of a chained Ogg, or what careless joining makes of other formats. */
export const JOINED_FIXTURES: Readonly<Record<string, readonly string[]>> = {
  'chained.ogg': ['vorbis.ogg', 'oggenc-q8.ogg'],
  'chained.opus': ['plain.opus', 'long-frames.opus'],
  'joined.mp3': ['cbr.mp3', 'cbr.mp3'],
  'joined.flac': ['plain.flac', 'plain.flac'],
  'joined.wv': ['plain.wv', 'plain.wv'],
  'joined.aac': ['plain.aac', 'plain.aac'],
};

const TONE = "aevalsrc='0.3*sin(440*2*PI*t)*sin(0.9*t)+0.2*(random(0)-0.5)|0.3*sin(330*2*PI*t)':s=44100:d=13";

/** The files of the two tables in one folder, each made when first asked for, from 13 s of tones and noise. */
export class OracleFiles {
  readonly #folder: string;
  readonly #made = new Map<string, Promise<string>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path of a fixture's file. */
  path(name: string): Promise<string> {
    const made = this.#made.get(name) ?? this.#make(name, join(this.#folder, name));
    this.#made.set(name, made);
    return made;
  }

  async #make(name: string, file: string): Promise<string> {
    const parts = JOINED_FIXTURES[name];
    if (parts === undefined) {
      await this.#encode(
        ORACLE_FIXTURES[name]?.command ?? ['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', TONE, 'OUT'],
        file,
      );
      return file;
    }
    const bytes: Buffer[] = [];
    for (const part of parts) bytes.push(await readFile(await this.path(part)));
    await writeFile(file, Buffer.concat(bytes));
    return file;
  }

  async #encode(command: readonly string[], file: string): Promise<void> {
    const tone = command.includes('IN') ? await this.path('tone.wav') : '';
    const [program = '', ...args] = command.map((word) => (word === 'IN' ? tone : word === 'OUT' ? file : word));
    await output(program, ...args);
  }
}
