/**
 * Synthesises MPEG audio streams: frames whose headers and `main_data_begin` are real and whose audio is filler, info
 * frames, tags. Shares no code with the scanner, so that it can serve as its oracle.
 */

export type MpegFrameSpec = {
  readonly version?: 1 | 2 | 2.5;
  readonly layer?: 1 | 2 | 3;
  readonly kbps?: number;
  readonly sampleRate?: number;
  readonly channels?: 1 | 2;
  readonly padded?: boolean;
  readonly crc?: boolean;
  /** Layer III: how many bytes of earlier frames' main data this frame begins in. */
  readonly mainDataBegin?: number;
};

type FullSpec = Required<MpegFrameSpec>;

const DEFAULTS: FullSpec = {
  version: 1,
  layer: 3,
  kbps: 128,
  sampleRate: 44_100,
  channels: 2,
  padded: false,
  crc: false,
  mainDataBegin: 0,
};

/** Bitrates by index, 0 being free format; the key is `version 1 or 2, layer`. */
const BITRATES: Record<string, readonly number[]> = {
  '1,1': [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  '1,2': [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  '1,3': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2,1': [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  '2,2': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  '2,3': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const SAMPLE_RATES: Record<string, readonly number[]> = {
  '1': [44_100, 48_000, 32_000],
  '2': [22_050, 24_000, 16_000],
  '2.5': [11_025, 12_000, 8000],
};

function indexOf(values: readonly number[] | undefined, value: number): number {
  const index = values?.indexOf(value) ?? -1;
  if (index < 0) throw new RangeError(`${value} is none of ${values?.join(', ')}`);
  return index;
}

export function bitrateTable(version: 1 | 2 | 2.5, layer: 1 | 2 | 3): readonly number[] {
  return BITRATES[`${version === 1 ? 1 : 2},${layer}`] ?? [];
}

export function sampleRateTable(version: 1 | 2 | 2.5): readonly number[] {
  return SAMPLE_RATES[`${version}`] ?? [];
}

export function frameSamples({ version = 1, layer = 3 }: MpegFrameSpec): number {
  if (layer === 1) return 384;
  return layer === 2 || version === 1 ? 1152 : 576;
}

/** Length in bytes of the frame that `spec` describes. */
export function frameBytes(spec: MpegFrameSpec): number {
  const { layer, kbps, sampleRate, padded } = { ...DEFAULTS, ...spec };
  const pad = padded ? 1 : 0;
  if (layer === 1) return 4 * (Math.floor((12_000 * kbps) / sampleRate) + pad);
  return Math.floor((frameSamples(spec) * 125 * kbps) / sampleRate) + pad;
}

function sideBytes({ version, channels }: FullSpec): number {
  if (version === 1) return channels === 2 ? 32 : 17;
  return channels === 2 ? 17 : 9;
}

/** Bytes of main data that a Layer III frame carries. */
export function mainDataBytes(spec: MpegFrameSpec): number {
  const full = { ...DEFAULTS, ...spec };
  return frameBytes(full) - 4 - (full.crc ? 2 : 0) - sideBytes(full);
}

function writeHeader(frame: Uint8Array, spec: FullSpec): void {
  const { version, layer, kbps, sampleRate, channels, padded, crc } = spec;
  const versionBits = version === 1 ? 3 : version === 2 ? 2 : 0;
  frame[0] = 0xff;
  frame[1] = 0xe0 | (versionBits << 3) | ((4 - layer) << 1) | (crc ? 0 : 1);
  const bitrate = indexOf(bitrateTable(version, layer), kbps);
  frame[2] = (bitrate << 4) | (indexOf(sampleRateTable(version), sampleRate) << 2) | (padded ? 2 : 0);
  frame[3] = channels === 1 ? 0xc0 : 0x40;
}

/** One frame; its filler never looks like a header. `byteLength` is for free format (`kbps: 0`) only. */
export function mpegFrame(spec: MpegFrameSpec = {}, byteLength = frameBytes(spec)): Uint8Array {
  const full = { ...DEFAULTS, ...spec };
  const frame = Uint8Array.from({ length: byteLength }, (_, index) => 0x20 + ((index * 7) % 0x50));
  writeHeader(frame, full);
  if (full.layer === 3) {
    const side = full.crc ? 6 : 4;
    frame.fill(0, side, side + sideBytes(full));
    frame[side] = full.version === 1 ? full.mainDataBegin >> 1 : full.mainDataBegin;
    if (full.version === 1) frame[side + 1] = (full.mainDataBegin & 1) << 7;
  }
  return frame;
}

export type InfoFrameSpec = MpegFrameSpec & {
  readonly mark?: 'Xing' | 'Info' | 'VBRI';
  readonly frames?: number;
  readonly byteLength?: number;
  readonly toc?: boolean;
  readonly quality?: boolean;
  /** Four characters; with them come delay and padding. */
  readonly writer?: string;
  readonly delaySamples?: number;
  readonly paddingSamples?: number;
};

export function infoFrame(spec: InfoFrameSpec): Uint8Array {
  const full = { ...DEFAULTS, ...spec };
  const frame = mpegFrame(spec).fill(0, 4);
  const view = new DataView(frame.buffer);
  if (spec.mark === 'VBRI') {
    frame.set(ascii('VBRI'), 36);
    view.setUint32(46, spec.byteLength ?? 0);
    view.setUint32(50, spec.frames ?? 0);
    return frame;
  }
  let at = 4 + sideBytes(full);
  frame.set(ascii(spec.mark ?? 'Xing'), at);
  const has = [spec.frames !== undefined, spec.byteLength !== undefined, spec.toc === true, spec.quality === true];
  view.setUint32(
    at + 4,
    has.reduce((flags, flag, bit) => flags | (flag ? 1 << bit : 0), 0),
  );
  at += 8;
  for (const value of [spec.frames, spec.byteLength]) {
    if (value === undefined) continue;
    view.setUint32(at, value);
    at += 4;
  }
  at += (spec.toc ? 100 : 0) + (spec.quality ? 4 : 0);
  if (spec.writer !== undefined) {
    frame.set(ascii(spec.writer), at);
    const delayAndPadding = ((spec.delaySamples ?? 0) << 12) | (spec.paddingSamples ?? 0);
    frame.set([delayAndPadding >> 16, (delayAndPadding >> 8) & 0xff, delayAndPadding & 0xff], at + 21);
  }
  return frame;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Frame headers, the worst that a tag's body can hold. */
function misleading(byteLength: number): Uint8Array {
  const frame = mpegFrame();
  return Uint8Array.from({ length: byteLength }, (_, index) => frame[index % frame.length] ?? 0);
}

function syncsafe(value: number): number[] {
  return [21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f);
}

export function id3v2Header(bodyBytes: number, flags = 0): Uint8Array {
  return concatBytes(ascii('ID3'), Uint8Array.from([4, 0, flags, ...syncsafe(bodyBytes)]));
}

export function id3v2Tag(bodyBytes: number, options: { footer?: boolean } = {}): Uint8Array {
  if (!options.footer) return concatBytes(id3v2Header(bodyBytes), misleading(bodyBytes));
  const header = id3v2Header(bodyBytes, 0x10);
  return concatBytes(header, misleading(bodyBytes), ascii('3DI'), header.subarray(3));
}

export function id3v1Tag(): Uint8Array {
  return concatBytes(ascii('TAG'), new Uint8Array(125).fill(0x20));
}

export function id3v1ExtendedTag(): Uint8Array {
  return concatBytes(ascii('TAG+'), new Uint8Array(223).fill(0x20));
}

/** APEv2 with header and footer, or APEv1 with a footer only. */
export function apeTag(itemBytes: number, version: 1 | 2 = 2): Uint8Array {
  const frame = (isHeader: boolean) => {
    const bytes = concatBytes(ascii('APETAGEX'), new Uint8Array(24));
    const view = new DataView(bytes.buffer);
    view.setUint32(8, version * 1000, true);
    view.setUint32(12, itemBytes + 32, true);
    view.setUint32(16, 1, true);
    if (version === 2) view.setUint32(20, isHeader ? 0xa000_0000 : 0x8000_0000, true);
    return bytes;
  };
  const parts = [misleading(itemBytes), frame(false)];
  return concatBytes(...(version === 2 ? [frame(true), ...parts] : parts));
}

export function lyrics3Tag(textBytes: number, version: 1 | 2 = 2): Uint8Array {
  const body = concatBytes(ascii('LYRICSBEGIN'), new Uint8Array(textBytes).fill(0x61));
  if (version === 1) return concatBytes(body, ascii('LYRICSEND'));
  return concatBytes(body, ascii(String(body.length).padStart(6, '0')), ascii('LYRICS200'));
}

/** Noise without 0xff, which therefore holds no header. */
export function junk(byteLength: number): Uint8Array {
  let state = 12_345;
  return Uint8Array.from({ length: byteLength }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % 0xff;
  });
}

export type WrittenFrame = { readonly startByte: number; readonly spec: MpegFrameSpec };

/** Puts a stream together and remembers where its frames are. */
export class MpegStream {
  readonly #parts: Uint8Array[] = [];
  #isBehindJunk = false;
  /** Those that decoders put something out for: not the first one behind something else. */
  readonly frames: WrittenFrame[] = [];
  byteLength = 0;

  /** Anything that is not a packet: tags, info frames, junk. */
  add(...parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.#append(part);
      if (this.frames.length > 0 && part.some((byte) => byte !== 0)) this.#isBehindJunk = true;
    }
    return this;
  }

  frame(spec: MpegFrameSpec = {}, count = 1): this {
    for (let index = 0; index < count; index++) {
      if (!this.#isBehindJunk) this.frames.push({ startByte: this.byteLength, spec });
      this.#isBehindJunk = false;
      this.#append(mpegFrame(spec));
    }
    return this;
  }

  #append(part: Uint8Array): void {
    this.#parts.push(part);
    this.byteLength += part.length;
  }

  bytes(): Uint8Array {
    return concatBytes(...this.#parts);
  }
}

/**
 * The preroll of each frame by brute force: every byte of main data is labelled with the frame that carries it, and a
 * frame needs those it reaches into and all that its overlapping neighbours need.
 */
export function expectedPrerolls(specs: readonly MpegFrameSpec[]): number[] {
  const owners: number[] = [];
  const depths: number[] = [];
  return specs.map((spec, index) => {
    const { version, layer, mainDataBegin } = { ...DEFAULTS, ...spec };
    if (layer !== 3) return Math.min(index, layer === 2 ? 1 : 2);
    const firstOwner = mainDataBegin === 0 ? index : (owners[Math.max(0, owners.length - mainDataBegin)] ?? index);
    const depth = index - firstOwner;
    depths.push(depth);
    for (let byte = 0; byte < mainDataBytes(spec); byte++) owners.push(index);
    const first = [depth, 1 + (depths[index - 1] ?? 0)];
    if (version !== 1) first.push(2 + (depths[index - 2] ?? 0));
    return Math.min(index, Math.max(...first));
  });
}
