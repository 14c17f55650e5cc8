/** AIFF and AIFF-C files chunk by chunk, as writers write them and as they get them wrong. */

export type AiffChunk = {
  readonly id: string;
  readonly body: Uint8Array;
  /** What the header says instead of the body's length. */
  readonly statedByteLength?: number;
  /** Leave out the pad byte of an odd body. */
  readonly unpadded?: boolean;
};

export type CommOptions = {
  readonly channels?: number;
  readonly samples?: number;
  readonly bits?: number;
  /** The ten bytes of the rate; 44,100 Hz by default. */
  readonly rate?: readonly number[];
  /** Four characters: makes it the COMM of AIFF-C. */
  readonly compression?: string;
  readonly compressionName?: string;
};

export type SsndOptions = Pick<AiffChunk, 'statedByteLength' | 'unpadded'> & { readonly offset?: number };

export const RATE_44100 = [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0];

export function aiffFile(chunks: readonly AiffChunk[], type: string = 'AIFF'): Uint8Array {
  const parts: number[] = [];
  for (const { id, body, statedByteLength, unpadded } of chunks) {
    parts.push(...ascii(id), ...big(statedByteLength ?? body.length, 4));
    for (const byte of body) parts.push(byte);
    if (body.length % 2 === 1 && !unpadded) parts.push(0);
  }
  return Uint8Array.from([...ascii('FORM'), ...big(parts.length + 4, 4), ...ascii(type)].concat(parts));
}

export function commChunk(options: CommOptions = {}): AiffChunk {
  const { channels = 2, samples = 10, bits = 16, rate = RATE_44100, compression, compressionName = '' } = options;
  const body = [...big(channels, 2), ...big(samples, 4), ...big(bits, 2), ...rate];
  if (compression !== undefined) body.push(...ascii(compression), compressionName.length, ...ascii(compressionName));
  if (body.length % 2 === 1) body.push(0);
  return { id: 'COMM', body: Uint8Array.from(body) };
}

/** Samples: bytes that look like no chunk, `offset` bytes behind the fields that announce them. */
export function ssndChunk(byteLength: number, options: SsndOptions = {}): AiffChunk {
  const { offset = 0, ...stated } = options;
  const samples = Array.from({ length: byteLength }, (_, index) => (index * 37 + 129) & 0xff);
  const body = [...big(offset, 4), ...big(0, 4), ...new Array<number>(offset).fill(0xee), ...samples];
  return { id: 'SSND', body: Uint8Array.from(body), ...stated };
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

function big(value: number, byteLength: number): number[] {
  return Array.from({ length: byteLength }, (_, index) => Math.floor(value / 256 ** (byteLength - 1 - index)) % 256);
}
