/** Descriptors of an `esds` box: ISO/IEC 14496-1, section 7.2.6 and 14496-14, section 3.1.2. */

export type ElementaryStream = {
  /** What the stream holds, as MP4RA numbers it: 0x40 is MPEG-4 audio. */
  readonly objectTypeIndication: number;
  /** Empty where there is none. */
  readonly decoderSpecificInfo: Uint8Array;
};

const TAG = { stream: 3, decoderConfig: 4, decoderSpecificInfo: 5 } as const;

/** Version and flags. */
const FULL_BOX_BYTES = 4;
const MAX_SIZE_BYTES = 4;
/** What stands before the descriptors inside a decoder config: object type, stream type, buffer size, two bitrates. */
const DECODER_CONFIG_BYTES = 13;

type Extent = { readonly from: number; readonly to: number };

/** `null` when the body holds no decoder config. */
export function parseElementaryStream(body: Uint8Array): ElementaryStream | null {
  const stream = descriptor(body, { from: FULL_BOX_BYTES, to: body.length }, TAG.stream);
  if (stream === null) return null;
  const config = descriptor(body, { from: afterStreamFields(body, stream), to: stream.to }, TAG.decoderConfig);
  const objectTypeIndication = config === null ? undefined : body[config.from];
  if (config === null || objectTypeIndication === undefined) return null;
  const inside = { from: config.from + DECODER_CONFIG_BYTES, to: config.to };
  const info = descriptor(body, inside, TAG.decoderSpecificInfo);
  return {
    objectTypeIndication,
    decoderSpecificInfo: info === null ? new Uint8Array(0) : body.slice(info.from, info.to),
  };
}

/** Skips ES_ID, flags, and what the flags announce: another stream's id, a URL, a clock's id. */
function afterStreamFields(body: Uint8Array, { from }: Extent): number {
  const flags = body[from + 2] ?? 0;
  let at = from + 3;
  if (flags & 0x80) at += 2;
  if (flags & 0x40) at += 1 + (body[at] ?? 0);
  if (flags & 0x20) at += 2;
  return at;
}

/** The content of the first descriptor of that tag among those in `extent`. */
function descriptor(body: Uint8Array, { from, to }: Extent, tag: number): Extent | null {
  let at = from;
  while (at < to) {
    const found = body[at++];
    let size = 0;
    for (let digit = 0; digit < MAX_SIZE_BYTES; digit++) {
      const byte = body[at++] ?? 0;
      size = size * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) break;
    }
    const end = Math.min(to, at + size);
    if (found === tag) return { from: at, to: end };
    at = end;
  }
  return null;
}
