/** WAV files chunk by chunk, as writers write them and as they get them wrong. */

export type WavChunk = {
  readonly id: string;
  readonly body: Uint8Array;
  /** What the header says instead of the body's length. */
  readonly statedByteLength?: number;
  /** Leave out the pad byte of an odd body. */
  readonly unpadded?: boolean;
};

export type FmtOptions = {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bitsPerSample?: number;
  readonly blockByteLength?: number;
  /** WAVE_FORMAT_EXTENSIBLE around `tag`. */
  readonly extensible?: { readonly validBits?: number; readonly channelMask?: number; readonly guidTail?: Uint8Array };
};

/** The sub-formats that stand for a format tag end so. */
export const GUID_TAIL = Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);

export function wavFile(chunks: readonly WavChunk[], form = 'RIFF'): Uint8Array {
  const parts: number[] = [];
  for (const { id, body, statedByteLength, unpadded } of chunks) {
    parts.push(...ascii(id), ...little(statedByteLength ?? body.length, 4));
    for (const byte of body) parts.push(byte);
    if (body.length % 2 === 1 && !unpadded) parts.push(0);
  }
  const size = form === 'RIFF' ? parts.length + 4 : 0xffffffff;
  return Uint8Array.from([...ascii(form), ...little(size, 4), ...ascii('WAVE')].concat(parts));
}

export function fmtChunk(options: FmtOptions = {}): WavChunk {
  const { tag = 1, channels = 2, sampleRate = 44100, bitsPerSample = 16, extensible } = options;
  const blockByteLength = options.blockByteLength ?? Math.ceil(bitsPerSample / 8) * channels;
  const fields = [
    ...little(extensible === undefined ? tag : 0xfffe, 2),
    ...little(channels, 2),
    ...little(sampleRate, 4),
    ...little(sampleRate * blockByteLength, 4),
    ...little(blockByteLength, 2),
    ...little(bitsPerSample, 2),
  ];
  if (extensible !== undefined) {
    const { validBits = bitsPerSample, channelMask = 0, guidTail = GUID_TAIL } = extensible;
    fields.push(...little(22, 2), ...little(validBits, 2), ...little(channelMask, 4), ...little(tag, 2), ...guidTail);
  }
  return { id: 'fmt ', body: Uint8Array.from(fields) };
}

/** RF64's 64-bit sizes. */
export function ds64Chunk(dataByteLength: number): WavChunk {
  const body = [...little(0, 8), ...little(dataByteLength, 8), ...little(0, 8), ...little(0, 4)];
  return { id: 'ds64', body: Uint8Array.from(body) };
}

/** Samples: bytes that look like no chunk. */
export function dataChunk(byteLength: number, stated: Pick<WavChunk, 'statedByteLength' | 'unpadded'> = {}): WavChunk {
  return { id: 'data', body: Uint8Array.from({ length: byteLength }, (_, i) => (i * 37 + 129) & 0xff), ...stated };
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function little(value: number, byteLength: number): number[] {
  return Array.from({ length: byteLength }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
