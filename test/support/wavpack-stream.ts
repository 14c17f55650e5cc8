/** WavPack files block by block, as encoders write them and as they get damaged. Their bodies decode to nothing. */

export type SubBlock = { readonly id: number; readonly body: readonly number[] };

export type BlockOptions = {
  readonly samples: number;
  readonly index?: number;
  /** `undefined`: unknown. */
  readonly totalSamples?: number | undefined;
  readonly version?: number;
  readonly channels?: 1 | 2;
  /** Stored bytes of a sample, and how many of their bits are not used. */
  readonly bytesPerSample?: number;
  readonly unusedBits?: number;
  readonly float?: boolean;
  readonly dsd?: boolean;
  /** 15: stated in a sub-block. */
  readonly rateNumber?: number;
  readonly initial?: boolean;
  readonly final?: boolean;
  readonly subBlocks?: readonly SubBlock[];
  readonly payload?: Uint8Array;
  /** Words of the checksum at the end of the block. */
  readonly checksumWords?: 0 | 1 | 2;
  /** What the header says instead of the block's length less 8. */
  readonly statedSize?: number;
};

export const CHANNEL_INFO = 0x0d;
export const SAMPLE_RATE = 0x27;
export const RIFF_HEADER = 0x21;
const BITSTREAM = 0x0a;
const CHECKSUM = 0x2f;

const HEADER_BYTES = 32;
const DEFAULT_PAYLOAD = Uint8Array.from({ length: 22 }, (_, i) => (i * 37 + 129) & 0xff);

export function wavpackBlock(options: BlockOptions): Uint8Array {
  const { samples, index = 0, totalSamples, version = 0x410, payload = DEFAULT_PAYLOAD, checksumWords = 0 } = options;
  const body: number[] = [];
  for (const subBlock of options.subBlocks ?? []) appendSubBlock(body, subBlock);
  if (samples > 0) appendSubBlock(body, { id: BITSTREAM, body: Array.from(payload) });
  const byteLength = HEADER_BYTES + body.length + (checksumWords === 0 ? 0 : 2 + checksumWords * 2);
  const total = totalSamples === undefined ? 0xffffffff : totalSamples % 0xffffffff;
  const totalHigh = totalSamples === undefined ? 0 : Math.floor(totalSamples / 0xffffffff);
  const block = [
    ...[...'wvpk'].map((character) => character.charCodeAt(0)),
    ...little(options.statedSize ?? byteLength - 8, 4),
    ...little(version, 2),
    Math.floor(index / 2 ** 32),
    totalHigh,
    ...little(total, 4),
    ...little(index % 2 ** 32, 4),
    ...little(samples, 4),
    ...little(flags(options), 4),
    ...little(0xdeadbeef, 4),
    ...body,
  ];
  return Uint8Array.from(checksumWords === 0 ? block : block.concat(checksumSubBlock(block, checksumWords)));
}

export type WavPackStream = {
  readonly bytes: Uint8Array;
  /** Where each group begins. */
  readonly groupBytes: readonly number[];
  readonly totalSamples: number;
};

/** A file of groups of these many samples, numbered on; what holds for all blocks is in `block`. */
export function wavpackStream(
  groups: readonly number[],
  block: Omit<BlockOptions, 'samples' | 'index' | 'initial' | 'final'> & {
    readonly firstIndex?: number;
    /** Channels of each block of a group. */
    readonly layout?: readonly (1 | 2)[];
    /** Of the first block only. */
    readonly firstSubBlocks?: readonly SubBlock[];
  } = {},
): WavPackStream {
  const { firstIndex = 0, layout = [block.channels ?? 2], firstSubBlocks } = block;
  const sum = groups.reduce((total, samples) => total + samples, 0);
  const parts: Uint8Array[] = [];
  const groupBytes: number[] = [];
  let byte = 0;
  let index = firstIndex;
  for (const samples of groups) {
    groupBytes.push(byte);
    layout.forEach((channels, i) => {
      const first = byte === 0 && firstSubBlocks !== undefined ? { subBlocks: firstSubBlocks } : {};
      const ends = { initial: i === 0, final: i === layout.length - 1 };
      const made = wavpackBlock({ totalSamples: sum, ...block, ...first, ...ends, samples, index, channels });
      parts.push(made);
      byte += made.length;
    });
    index += samples;
  }
  return { bytes: joined(...parts), groupBytes, totalSamples: sum };
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An APEv2 tag without items: header and footer. */
export function emptyApeTag(): Uint8Array {
  const frame = (isHeader: boolean) => {
    const flags = isHeader ? 0xa0000000 : 0x80000000;
    const name = [...'APETAGEX'].map((character) => character.charCodeAt(0));
    return [...name, ...little(2000, 4), ...little(32, 4), ...little(0, 4), ...little(flags, 4), ...little(0, 8)];
  };
  return Uint8Array.from([...frame(true), ...frame(false)]);
}

function flags(options: BlockOptions): number {
  const { channels = 2, bytesPerSample = 2, unusedBits = 0, rateNumber = 9 } = options;
  const bits = [
    bytesPerSample - 1,
    channels === 1 ? 2 ** 2 : 0,
    options.float ? 2 ** 7 : 0,
    options.initial === false ? 0 : 2 ** 11,
    options.final === false ? 0 : 2 ** 12,
    unusedBits * 2 ** 13,
    rateNumber * 2 ** 23,
    (options.checksumWords ?? 0) > 0 ? 2 ** 28 : 0,
    options.dsd ? 2 ** 31 : 0,
  ];
  return bits.reduce((sum, bit) => sum + bit, 0);
}

/** Sizes count words; an odd body is padded and says so, one of more than 255 words has three bytes for its size. */
function appendSubBlock(to: number[], { id, body }: SubBlock): void {
  const words = Math.ceil(body.length / 2);
  const large = words > 255;
  to.push(id | (body.length % 2 === 1 ? 0x40 : 0) | (large ? 0x80 : 0), ...little(words, large ? 3 : 1));
  for (const byte of body) to.push(byte);
  if (body.length % 2 === 1) to.push(0);
}

function checksumSubBlock(block: readonly number[], words: 1 | 2): number[] {
  let sum = 0xffffffffn;
  for (let i = 0; i < block.length; i += 2) {
    const word = BigInt((block[i] ?? 0) + (block[i + 1] ?? 0) * 256);
    sum = (sum * 3n + word) % 2n ** 32n;
  }
  const folded = words === 1 ? (sum ^ (sum >> 16n)) % 2n ** 16n : sum;
  return [CHECKSUM, words, ...little(Number(folded), words * 2)];
}

function little(value: number, byteLength: number): number[] {
  return Array.from({ length: byteLength }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
