/** An Ogg muxer (RFC 3533; RFC 7845; RFC 9639, section 10.1) of streams that a scanner must know, and pages to break. */
import { concat, flacFrame, flacStream } from './flac-stream.ts';
import { type VorbisShape, vorbisComment, vorbisIdentification, vorbisPacket, vorbisSetup } from './vorbis-packets.ts';

export type OggPage = {
  readonly serial?: number;
  readonly sequence?: number;
  readonly granule?: number;
  readonly continued?: boolean;
  readonly first?: boolean;
  readonly last?: boolean;
  readonly segments: readonly number[];
  readonly body: Uint8Array;
};

/** A packet of audio and what a decoder makes of it, the packets before included. */
export type AudioPacket = { readonly bytes: Uint8Array; readonly samples: number };

export type OggLinkOptions = {
  readonly serial?: number;
  /** The packets of header pages, those of one page together; the stream's first page holds the first. */
  readonly headers: readonly (readonly Uint8Array[])[];
  readonly packets: readonly AudioPacket[];
  /** How pages are filled: whole packets, or segments whatever packet they part. */
  readonly packetsPerPage?: number;
  readonly segmentsPerPage?: number;
  /** Added to every granule. */
  readonly granuleShift?: number;
  /** Samples that the last granule takes off. */
  readonly endTrim?: number;
  /** `false`: no page is marked as the last. `empty`: a page without packets is. */
  readonly last?: boolean | 'empty';
};

export const SERIAL = 0x5eed;
const FULL_SEGMENT = 255;

export function oggPage({ serial = SERIAL, sequence = 0, granule = 0, ...page }: OggPage): Uint8Array {
  const bytes = new Uint8Array(27 + page.segments.length + page.body.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, (page.continued ? 1 : 0) | (page.first ? 2 : 0) | (page.last ? 4 : 0)]);
  view.setBigInt64(6, BigInt(granule), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  bytes[26] = page.segments.length;
  bytes.set(page.segments, 27);
  bytes.set(page.body, 27 + page.segments.length);
  view.setUint32(22, oggCrc(bytes), true);
  return bytes;
}

/** The pages of one link, one by one. */
export function oggLink(options: OggLinkOptions): Uint8Array[] {
  const { serial = SERIAL, headers, packets, granuleShift = 0, endTrim = 0, last = true } = options;
  const pages: Omit<OggPage, 'serial' | 'sequence'>[] = headers.flatMap((group, i) =>
    paged(
      group.map((bytes) => ({ bytes, granule: 0 })),
      FULL_SEGMENT,
    ).map((page) => ({ ...page, first: i === 0 })),
  );
  let samples = 0;
  const timed = packets.map((packet) => {
    samples += packet.samples;
    return { bytes: packet.bytes, granule: samples + granuleShift };
  });
  const { packetsPerPage = 4, segmentsPerPage } = options;
  if (segmentsPerPage !== undefined) {
    pages.push(...paged(timed, segmentsPerPage));
  } else {
    for (let i = 0; i < timed.length; i += packetsPerPage) {
      pages.push(...paged(timed.slice(i, i + packetsPerPage), FULL_SEGMENT));
    }
  }
  const endGranule = samples + granuleShift - endTrim;
  if (last === 'empty') pages.push({ segments: [], body: new Uint8Array(0), granule: endGranule, last: true });
  if (last === true) pages.push({ ...(pages.pop() as OggPage), granule: endGranule, last: true });
  return pages.map((page, sequence) => oggPage({ ...page, serial, sequence }));
}

type TimedPacket = { readonly bytes: Uint8Array; readonly granule: number };

/** Packets as segments, so many to a page. */
function paged(packets: readonly TimedPacket[], segmentsPerPage: number): Omit<OggPage, 'serial' | 'sequence'>[] {
  const segments = packets.flatMap(({ bytes, granule }) => {
    const count = Math.floor(bytes.length / FULL_SEGMENT) + 1;
    return Array.from({ length: count }, (_, i) => ({
      body: bytes.subarray(i * FULL_SEGMENT, (i + 1) * FULL_SEGMENT),
      granule: i === count - 1 ? granule : -1,
    }));
  });
  const pages: Omit<OggPage, 'serial' | 'sequence'>[] = [];
  for (let i = 0; i < segments.length; i += segmentsPerPage) {
    const own = segments.slice(i, i + segmentsPerPage);
    pages.push({
      continued: i > 0 && segments[i - 1]?.body.length === FULL_SEGMENT,
      granule: own.reduce((granule, segment) => (segment.granule >= 0 ? segment.granule : granule), -1),
      segments: own.map(({ body }) => body.length),
      body: concat(...own.map(({ body }) => body)),
    });
  }
  return pages;
}

/** Bit by bit, as the specification has it: nothing to share with the tables under test. */
export function oggCrc(page: Uint8Array): number {
  let crc = 0;
  for (const [i, byte] of page.entries()) {
    crc ^= (i >= 22 && i < 26 ? 0 : byte) << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

export function vorbisHeaders(shape: VorbisShape = {}, commentBytes = 0): Uint8Array[][] {
  return [[vorbisIdentification(shape)], [vorbisComment(commentBytes), vorbisSetup(shape)]];
}

/** Packets of these modes (0: short blocks, 1: long ones), each with its number inside. */
export function vorbisPackets(
  modes: readonly number[],
  { shortExponent = 8, longExponent = 11 }: VorbisShape = {},
  byteLength = 20,
): AudioPacket[] {
  let previous = 0;
  return modes.map((mode, number) => {
    const bytes = numbered(vorbisPacket(mode, byteLength), number);
    const block = 2 ** (mode === 1 ? longExponent : shortExponent);
    const samples = previous === 0 ? 0 : (previous + block) / 4;
    previous = block;
    return { bytes, samples };
  });
}

export type OpusHead = {
  readonly channels?: number;
  readonly preSkip?: number;
  readonly family?: number;
  readonly version?: number;
  readonly outputGain?: number;
};

export function opusHead(head: OpusHead = {}): Uint8Array {
  const { channels = 2, preSkip = 312, family = 0, version = 1, outputGain = 0 } = head;
  const table = family === 0 ? [] : [channels, 0, ...Array.from({ length: channels }, (_, i) => i)];
  const bytes = Uint8Array.of(...ascii('OpusHead'), version, channels, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, family, ...table);
  new DataView(bytes.buffer).setUint16(10, preSkip, true);
  new DataView(bytes.buffer).setInt16(16, outputGain, true);
  return bytes;
}

export function opusHeaders(head: OpusHead = {}, tagBytes = 0): Uint8Array[][] {
  return [[opusHead(head)], [concat(ascii('OpusTags'), new Uint8Array(8 + tagBytes))]];
}

/** 20 ms each, or what the first byte says that is given for all. */
export function opusPackets(count: number, { toc = 0xfc, samples = 960, byteLength = 20 } = {}): AudioPacket[] {
  return Array.from({ length: count }, (_, number) => {
    const bytes = numbered(new Uint8Array(byteLength), number);
    bytes[0] = toc;
    return { bytes, samples };
  });
}

export type FlacMapping = {
  readonly blocks: readonly number[];
  readonly channels?: number;
  readonly sampleRate?: number;
};

export function flacHeaders(mapping: FlacMapping, { headers = 1, pictureBytes = 0, version = 1 } = {}): Uint8Array[][] {
  const { bytes } = flacStream(mapping);
  const first = concat(
    Uint8Array.of(0x7f, ...ascii('FLAC'), version, 0, headers >> 8, headers & 0xff),
    bytes.slice(0, 42),
  );
  const picture = concat(
    Uint8Array.of(6, pictureBytes >> 16, (pictureBytes >> 8) & 0xff, pictureBytes & 0xff),
    new Uint8Array(pictureBytes),
  );
  return [[first], ...(pictureBytes > 0 ? [[picture]] : []), [Uint8Array.of(0x84, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0)]];
}

export function flacPackets({ blocks, ...mapping }: FlacMapping): AudioPacket[] {
  return blocks.map((samples, number) => ({
    samples,
    bytes: flacFrame({ seed: number + 1, ...mapping, samples, number }),
  }));
}

/** Where each of the pages begins. */
export function pageStarts(pages: readonly Uint8Array[]): number[] {
  let byte = 0;
  return pages.map((page) => {
    byte += page.length;
    return byte - page.length;
  });
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Bytes 2 and 3 tell packets from each other. */
function numbered(bytes: Uint8Array, number: number): Uint8Array {
  bytes[2] = number >> 8;
  bytes[3] = number & 0xff;
  return bytes;
}
