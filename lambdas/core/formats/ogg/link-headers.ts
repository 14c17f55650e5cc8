import { CuepointError } from '../../errors.ts';
import { logicalStream } from './logical-stream.ts';
import type { Mapping, MappingReader, OggAudio } from './mapping.ts';
import { beginsWithPacket, firstPacket, PacketReader } from './packet-reader.ts';
import { nextSequence, type Page } from './page.ts';
import { headerPages } from './page-writer.ts';

/** One logical stream that is the track for a stretch of the file (RFC 3533, section 4: a link of a chain). */
export type Link = {
  /** Where the first page of the first stream of this link begins. */
  readonly startByte: number;
  readonly serial: number;
  /** The number that the first page of audio should carry. */
  readonly sequence: number;
  readonly mapping: Mapping;
  readonly init: Uint8Array;
  /** Served audio streams that lie beside it. */
  readonly otherTracks: number;
};

/** How many streams beside the track an init can announce; files hold one or two. */
const MAX_OTHER_STREAMS = 64;

type Track = { readonly serial: number; readonly reader: MappingReader; readonly packets: PacketReader };

/** Whether two links can be one timeline. */
export function sameAudio(a: OggAudio, b: OggAudio): boolean {
  return (
    a.codec === b.codec &&
    a.sampleRate === b.sampleRate &&
    a.channels === b.channels &&
    a.bitsPerSample === b.bitsPerSample
  );
}

/**
 * The pages from the start of a link up to its first page of audio. The streams' first pages stand together; the first
 * stream that is served is the track, or the first that goes on with `reference` where there is one. Its other header
 * packets follow, in as many pages as they need, among pages of the other streams.
 */
export class LinkHeaders {
  readonly #reference: OggAudio | undefined;
  readonly startByte: number;
  readonly #names = new Set<string>();
  #track: Track | undefined;
  readonly #serials = new Set<number>();
  #tracks = 0;
  #sequence = 0;
  #grouped = true;

  constructor(startByte: number, reference?: OggAudio) {
    this.startByte = startByte;
    this.#reference = reference;
  }

  /** True until a page came that is not a stream's first: one that is then begins a link of its own. */
  get grouped(): boolean {
    return this.#grouped;
  }

  /**
   * Takes the next page; the link when it is the first page of the track's audio. Throws `unsupported_codec` when no
   * stream is served, `malformed_header` when the track's headers cannot be decoded by.
   */
  accept(page: Page): Link | null {
    if (page.first) {
      this.#acceptFirst(page);
      return null;
    }
    this.#grouped = false;
    const track = this.#requireTrack();
    if (page.serial !== track.serial) return null;
    if (beginsWithPacket(page) && !track.reader.isHeader(firstPacket(page))) return this.finish();
    this.#sequence = nextSequence(page.sequence);
    track.packets.read(page, (bytes, from, to, byteLength) => track.reader.take(bytes.subarray(from, to), byteLength));
    return null;
  }

  /** The link, when no header is to come any more. Throws as `accept` does. */
  finish(): Link {
    const { serial, reader } = this.#requireTrack();
    const mapping = reader.finish();
    const others = [...this.#serials].filter((other) => other !== serial);
    const init = headerPages(serial, mapping.headers, others);
    const otherTracks = this.#tracks - 1;
    return { startByte: this.startByte, serial, sequence: this.#sequence, mapping, init, otherTracks };
  }

  #acceptFirst(page: Page): void {
    if (this.#serials.size <= MAX_OTHER_STREAMS) this.#serials.add(page.serial);
    const packet = firstPacket(page).slice();
    const stream = logicalStream(packet);
    if (stream.kind === 'other') {
      this.#names.add(stream.name);
      return;
    }
    const reader = stream.read();
    this.#tracks++;
    const held = this.#track?.reader.audio;
    const reference = this.#reference;
    const better =
      held === undefined ||
      (reference !== undefined && !sameAudio(held, reference) && sameAudio(reader.audio, reference));
    if (!better) return;
    const packets = new PacketReader((firstByte) => reader.keptBytes(firstByte));
    this.#track = { serial: page.serial, reader, packets };
    this.#sequence = nextSequence(page.sequence);
  }

  #requireTrack(): Track {
    if (this.#track !== undefined) return this.#track;
    const names = [...this.#names].join(', ');
    throw new CuepointError(
      'unsupported_codec',
      `the Ogg file holds ${names}; Vorbis, Opus and FLAC are served in Ogg: convert the audio to one of these`,
    );
  }
}
