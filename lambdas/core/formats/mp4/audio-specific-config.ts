/** AudioSpecificConfig: ISO/IEC 14496-3, section 1.6.2.1, GASpecificConfig (4.4.1) and program_config_element (4.4.1.1). */
import { CuepointError } from '../../errors.ts';

export type AacConfig = {
  /** Audio object type as codec strings name it: 2 (LC), 5 (HE), 29 (HE v2) … */
  readonly objectType: number;
  /** Hz, of what a decoder puts out: spectral band replication doubles that of the core. */
  readonly sampleRate: number;
  /** Hz. */
  readonly coreSampleRate: number;
  /** Of what a decoder puts out: parametric stereo makes two of one. 0: not said. */
  readonly channels: number;
  /** Decoded samples per channel in each packet. */
  readonly packetSamples: number;
  /** Whether the config settles that there is, or is not, spectral band replication. */
  readonly bandReplication: 'yes' | 'no' | 'unsaid';
};

const SAMPLE_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350] as const;
const RATE_IN_FULL = 15;

/** By channelConfiguration; 0: the program config element says. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 0, 8] as const;

const OBJECT_TYPE = { main: 1, lc: 2, ltp: 4, bandReplication: 5, parametricStereo: 29 } as const;
const SERVED_CORES: ReadonlySet<number> = new Set([OBJECT_TYPE.main, OBJECT_TYPE.lc, OBJECT_TYPE.ltp]);
const ESCAPED_OBJECT_TYPE = 31;

const BAND_REPLICATION_SYNC = 0x2b7;
const PARAMETRIC_STEREO_SYNC = 0x548;

const NAMES: Readonly<Record<number, string>> = {
  3: 'AAC SSR',
  6: 'AAC Scalable',
  17: 'ER AAC LC',
  20: 'ER AAC Scalable',
  23: 'AAC LD',
  36: 'MPEG-4 ALS',
  37: 'MPEG-4 SLS',
  39: 'AAC ELD',
  42: 'xHE-AAC (USAC)',
};

/** Throws `malformed_header` (cut, or without a rate), `unsupported_codec` (other than Main, LC, LTP, HE and HE v2). */
export function parseAudioSpecificConfig(config: Uint8Array): AacConfig {
  const bits = new BitReader(config);
  let objectType = readObjectType(bits);
  const coreSampleRate = readSampleRate(bits);
  const channelConfiguration = bits.read(4);
  const layered = objectType === OBJECT_TYPE.bandReplication || objectType === OBJECT_TYPE.parametricStereo;
  let extension: Extension | undefined;
  if (layered) {
    extension = { sampleRate: readSampleRate(bits), parametricStereo: objectType === OBJECT_TYPE.parametricStereo };
    objectType = readObjectType(bits);
  }
  if (!SERVED_CORES.has(objectType) && !bits.exhausted) {
    throw new CuepointError(
      'unsupported_codec',
      `the MP4's audio is ${NAMES[objectType] ?? `MPEG-4 audio of object type ${objectType}`}; of AAC Main, LC, LTP, HE and HE v2 are served: convert it to one of them, or to FLAC`,
    );
  }
  const coreSamples = bits.read(1) === 1 ? 960 : 1024;
  if (bits.read(1) === 1) bits.read(14);
  bits.read(1);
  const channels = channelConfiguration === 0 ? readProgramChannels(bits) : (CHANNELS[channelConfiguration] ?? 0);
  if (bits.exhausted || coreSampleRate === 0) {
    throw new CuepointError(
      'malformed_header',
      `the MP4's AudioSpecificConfig of ${config.length} bytes is cut or states no sample rate; export the file again`,
    );
  }
  let bandReplication: AacConfig['bandReplication'] = extension === undefined ? 'unsaid' : 'yes';
  if (extension === undefined && bits.remaining >= 16 && bits.read(11) === BAND_REPLICATION_SYNC) {
    extension = readExtension(bits);
    bandReplication = extension === undefined ? 'no' : 'yes';
  }
  const doubled = extension !== undefined && extension.sampleRate > coreSampleRate;
  const stereo = extension?.parametricStereo === true;
  return {
    objectType: stereo
      ? OBJECT_TYPE.parametricStereo
      : extension === undefined
        ? objectType
        : OBJECT_TYPE.bandReplication,
    // A decoder doubles, whatever other rate is stated.
    sampleRate: doubled ? coreSampleRate * 2 : coreSampleRate,
    coreSampleRate,
    channels: stereo && channels === 1 ? 2 : channels,
    packetSamples: doubled ? coreSamples * 2 : coreSamples,
    bandReplication,
  };
}

/** What a decoder makes of a config that leaves band replication unsaid, where the stream has it. */
export function withBandReplication(config: AacConfig): AacConfig {
  return {
    ...config,
    objectType: OBJECT_TYPE.bandReplication,
    sampleRate: config.coreSampleRate * 2,
    packetSamples: config.packetSamples * 2,
    bandReplication: 'yes',
  };
}

type Extension = { readonly sampleRate: number; readonly parametricStereo: boolean };

/** The extension that decoders of plain AAC do not see; its sync word has been read. */
function readExtension(bits: BitReader): Extension | undefined {
  if (readObjectType(bits) !== OBJECT_TYPE.bandReplication || bits.read(1) === 0) return undefined;
  const sampleRate = readSampleRate(bits);
  const parametricStereo = bits.remaining >= 12 && bits.read(11) === PARAMETRIC_STEREO_SYNC && bits.read(1) === 1;
  return { sampleRate, parametricStereo };
}

function readObjectType(bits: BitReader): number {
  const objectType = bits.read(5);
  return objectType === ESCAPED_OBJECT_TYPE ? 32 + bits.read(6) : objectType;
}

function readSampleRate(bits: BitReader): number {
  const index = bits.read(4);
  return index === RATE_IN_FULL ? bits.read(24) : (SAMPLE_RATES[index] ?? 0);
}

/** The number of channels that a program_config_element places. */
function readProgramChannels(bits: BitReader): number {
  // Instance tag, profile, sample rate.
  bits.read(10);
  const elements = bits.read(4) + bits.read(4) + bits.read(4);
  const lowFrequencyElements = bits.read(2);
  const otherElements = { associatedData: bits.read(3), coupling: bits.read(4) };
  // Mono mixdown, stereo mixdown, matrix mixdown: each a flag and what it announces.
  for (const mixdownBits of [4, 4, 3]) if (bits.read(1) === 1) bits.read(mixdownBits);
  let channels = lowFrequencyElements;
  for (let element = 0; element < elements; element++) {
    channels += 1 + bits.read(1);
    bits.read(4);
  }
  for (let tag = 0; tag < lowFrequencyElements + otherElements.associatedData; tag++) bits.read(4);
  for (let element = 0; element < otherElements.coupling; element++) bits.read(5);
  bits.alignToByte();
  const commentBytes = bits.read(8);
  for (let byte = 0; byte < commentBytes && !bits.exhausted; byte++) bits.read(8);
  return channels;
}

/** Most significant bit first; zeros behind the end, which `exhausted` then tells. */
class BitReader {
  readonly #bytes: Uint8Array;
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  get exhausted(): boolean {
    return this.remaining < 0;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#bit++) {
      value = (value << 1) | (((this.#bytes[this.#bit >>> 3] ?? 0) >>> (7 - (this.#bit & 7))) & 1);
    }
    return value;
  }

  alignToByte(): void {
    this.#bit = Math.ceil(this.#bit / 8) * 8;
  }
}
