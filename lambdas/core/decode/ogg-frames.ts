/** What a decoder is fed of Ogg: packets out of pages, and the set-up out of the header pages. RFC 3533, RFC 7845, Vorbis I. */
import { CuepointError } from '../errors.ts';
import { PacketReader } from '../formats/ogg/packet-reader.ts';
import { CAPTURE_PATTERN, PAGE_HEADER_BYTES, type Page, pageByteLength, parsePage } from '../formats/ogg/page.ts';

const SEGMENTS_AT = 26;

/** In the first packet of the FLAC mapping: `fLaC`, a block header, then STREAMINFO (RFC 9639, section 10.1). */
const STREAM_INFO_AT = 17;
const STREAM_INFO_BYTES = 34;

/** A Vorbis decoder is set up with three headers: count less one, lengths of the first two, all three (as Matroska has it). */
const VORBIS_HEADERS = 3;

type Track = { readonly serial: number; readonly headers: readonly Uint8Array[] };

/** Takes the pages of one link and gives the packets in them. Packets may begin in one call and end in the next. */
export class OggFrames {
  readonly extradata: Uint8Array;
  readonly #serial: number;
  readonly #packets = wholePackets();

  /** `init`: the header pages of the link, as `Scan.init` has them. */
  constructor(codec: string, init: Uint8Array) {
    const { serial, headers } = trackOf(init, codec);
    this.#serial = serial;
    this.extradata = extradataOf(codec, headers);
  }

  /** `pages`: bytes from a page on. What belongs to other streams, or to a link that follows, is passed over. */
  *frames(pages: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (const page of pagesIn(pages)) {
      if (page.first) return;
      if (page.serial === this.#serial) yield* packetsOf(this.#packets, page);
    }
  }
}

function wholePackets(): PacketReader {
  return new PacketReader(() => Number.POSITIVE_INFINITY);
}

/** Copies: the reader uses its memory again for each packet. */
function packetsOf(reader: PacketReader, page: Page): Uint8Array[] {
  const packets: Uint8Array[] = [];
  reader.read(page, (bytes, from, to) => packets.push(bytes.slice(from, to)));
  return packets;
}

/** Pages one behind the other; bytes between them, and a page that is cut, are passed over. */
function* pagesIn(bytes: Uint8Array): Generator<Page, void, undefined> {
  for (let at = 0; at + PAGE_HEADER_BYTES <= bytes.length; ) {
    const isPage = CAPTURE_PATTERN.every((byte, i) => bytes[at + i] === byte);
    const segments = bytes[at + SEGMENTS_AT] ?? 0;
    const isWhole = isPage && at + PAGE_HEADER_BYTES + segments <= bytes.length;
    const length = isWhole ? pageByteLength(bytes, at, segments) : 1;
    if (isWhole && at + length <= bytes.length) yield parsePage(bytes.subarray(at, at + length), at);
    at += length;
  }
}

/** The stream in an init that begins as the codec's streams do; its others are there for demuxers alone. */
function trackOf(init: Uint8Array, codec: string): Track {
  const streams = new Map<number, { readonly reader: PacketReader; readonly headers: Uint8Array[] }>();
  for (const page of pagesIn(init)) {
    const stream = streams.get(page.serial) ?? { reader: wholePackets(), headers: [] };
    streams.set(page.serial, stream);
    stream.headers.push(...packetsOf(stream.reader, page));
  }
  for (const [serial, { headers }] of streams) {
    if (headers[0] !== undefined && beginsAs(headers[0], codec)) return { serial, headers };
  }
  throw new CuepointError('internal', `an init of ${init.length} bytes has no ${codec} stream; re-index the track`);
}

function beginsAs(packet: Uint8Array, codec: string): boolean {
  const name = { opus: 'OpusHead', vorbis: '\x01vorbis', flac: '\x7fFLAC' }[codec];
  return name !== undefined && [...name].every((character, i) => packet[i] === character.charCodeAt(0));
}

function extradataOf(codec: string, headers: readonly Uint8Array[]): Uint8Array {
  const first = headers[0] ?? new Uint8Array(0);
  switch (codec) {
    case 'flac':
      return first.slice(STREAM_INFO_AT, STREAM_INFO_AT + STREAM_INFO_BYTES);
    case 'vorbis':
      return laced(headers.slice(0, VORBIS_HEADERS));
    default:
      return first;
  }
}

/** Xiph lacing: lengths as runs of 255. https://www.matroska.org/technical/codec_specs.html (A_VORBIS) */
function laced(packets: readonly Uint8Array[]): Uint8Array {
  const head = [packets.length - 1];
  for (const { length } of packets.slice(0, -1)) {
    for (let left = length; ; left -= 255) {
      head.push(Math.min(255, left));
      if (left < 255) break;
    }
  }
  const all = new Uint8Array(head.length + packets.reduce((sum, { length }) => sum + length, 0));
  all.set(head);
  let at = head.length;
  for (const packet of packets) {
    all.set(packet, at);
    at += packet.length;
  }
  return all;
}
