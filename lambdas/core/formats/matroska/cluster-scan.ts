/** Walks the clusters of a Segment, front to back: RFC 9559, section 5.1.3. */
import { CuepointError } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import { ByteWindow } from '../byte-window.ts';
import type { Packets } from '../format.ts';
import { blockHeadAt, MAX_BLOCK_HEAD_BYTES } from './block.ts';
import { parseBlockGroup } from './block-group.ts';
import { CLUSTER_SIGHT_BYTES, clusterBeginsAt } from './cluster-sight.ts';
import { type ElementHeader, elementAt, MAX_ELEMENT_HEADER_BYTES, unsignedOf } from './ebml.ts';
import { CLUSTER_CHILDREN, ID, SEGMENT_CHILDREN } from './element-ids.ts';
import type { SegmentHeader } from './segment-header.ts';
import type { TrackBlocks } from './track-blocks.ts';

/** Longer than any block of audio: what says that it is one, and larger, is damaged. Bounds what is kept in memory. */
const MAX_BLOCK_BYTES = 1 << 20;

/** Elements that this scanner does not know are small; what is larger is more likely damage. */
const MAX_UNKNOWN_BYTES = 1 << 16;

/** A timestamp. */
const MAX_NUMBER_BYTES = 8;

export type ScanFindings = {
  /** Places where the structure was lost or a block could not be decoded, and the first of them. */
  damage: { count: number; readonly byte: number; readonly sample: number } | undefined;
  truncated: boolean;
  /** Where bytes begin that follow the Segment and belong to no element. */
  trailingByte: number | undefined;
  /** Where another Matroska stream begins. */
  laterStreamByte: number | undefined;
};

export type ClusterScanOptions = {
  readonly header: SegmentHeader;
  readonly trackNumber: number;
  readonly blocks: TrackBlocks;
  readonly blockBytes: number | undefined;
};

/** `next`: go on. `starved`: the window must reach further. `lost`: here is no element that may be here. */
type Step = 'next' | 'starved' | 'lost' | 'ended';

export class ClusterScan {
  readonly #source: ByteSource;
  readonly #window: ByteWindow;
  readonly #trackNumber: number;
  readonly #segmentEndByte: number;
  readonly #blocks: TrackBlocks;
  #at: number;
  /** `Infinity`: unknown. Not beyond `#at`: what comes next is the Segment's. */
  #clusterEndByte = 0;
  /** How many bytes from `#at` on the walk must see. */
  #neededBytes = 0;
  /** Where the walk is lost, the element is one that the end of the file cuts. */
  #cut = false;

  readonly findings: ScanFindings = {
    damage: undefined,
    truncated: false,
    trailingByte: undefined,
    laterStreamByte: undefined,
  };

  private constructor(source: ByteSource, window: ByteWindow, { header, trackNumber, blocks }: ClusterScanOptions) {
    this.#source = source;
    this.#window = window;
    this.#trackNumber = trackNumber;
    this.#blocks = blocks;
    this.#at = header.clustersStartByte;
    this.#segmentEndByte = header.segmentEndByte;
  }

  static async open(source: ByteSource, options: ClusterScanOptions): Promise<ClusterScan> {
    const window = await ByteWindow.open(source, options.header.clustersStartByte, options.blockBytes);
    return new ClusterScan(source, window, options);
  }

  /** All packets, in order. Throws `drm_protected` where blocks are encrypted from the first on. */
  async *batches(): AsyncGenerator<Packets, void, undefined> {
    for (;;) {
      const step = this.#walk();
      if (step === 'starved') await this.#fill();
      else if (step === 'ended') break;
      else if (step === 'lost' && !(await this.#resync())) break;
      if (this.#blocks.full) {
        const batch = this.#blocks.takePackets(false);
        if (batch !== null) yield batch;
      }
    }
    const { byteLength } = this.#source;
    const cutAtElement = [this.#clusterEndByte, this.#segmentEndByte].some(
      (end) => end > byteLength && end !== Number.POSITIVE_INFINITY,
    );
    this.findings.truncated ||= cutAtElement && this.findings.laterStreamByte === undefined;
    const last = this.#blocks.takePackets(true);
    if (last !== null) yield last;
  }

  /** The inner loop: element after element, without awaiting, until there is enough for a batch. */
  #walk(): Step {
    while (!this.#blocks.full) {
      if (this.#at >= this.#source.byteLength) return 'ended';
      const element = elementAt(this.#window.bytes, this.#at - this.#window.startByte);
      if (element === 'cut' && !this.#holds(MAX_ELEMENT_HEADER_BYTES)) return 'starved';
      this.#cut = element === 'cut';
      if (element === 'cut' || element === null) return 'lost';
      const step = this.#take(element);
      if (step !== 'next') return step;
    }
    return 'next';
  }

  async #fill(): Promise<void> {
    const window = this.#window;
    while (!window.atEnd && window.endByte - this.#at < this.#neededBytes) await window.advance(this.#at);
  }

  /** True when the window shows the next `byteLength` bytes, or all to the end of the file; else they are asked for. */
  #holds(byteLength: number): boolean {
    this.#neededBytes = byteLength;
    return this.#window.atEnd || this.#at + byteLength <= this.#window.endByte;
  }

  #take(element: ElementHeader): Step {
    const { id, headerByteLength, bodyByteLength } = element;
    if (id === ID.EBML || id === ID.SEGMENT) {
      this.findings.laterStreamByte = this.#at;
      return 'ended';
    }
    if (id === ID.CLUSTER) return this.#enterCluster(element);
    const endByte = this.#at + headerByteLength + bodyByteLength;
    // RFC 8794, section 6.2: what can only stand in the Segment ends a cluster of unknown size.
    if (SEGMENT_CHILDREN.has(id)) this.#clusterEndByte = 0;
    const inCluster = this.#at < this.#clusterEndByte;
    const known = id === ID.VOID || id === ID.CRC_32 || (inCluster ? CLUSTER_CHILDREN : SEGMENT_CHILDREN).has(id);
    if (!known) return CLUSTER_CHILDREN.has(id) ? 'lost' : this.#passUnknown(endByte);
    this.#cut = endByte > this.#source.byteLength;
    if (this.#cut || (inCluster && endByte > this.#clusterEndByte)) return 'lost';
    switch (id) {
      case ID.TIMESTAMP:
        return this.#takeTimestamp(element, endByte);
      case ID.SIMPLE_BLOCK:
      case ID.ENCRYPTED_BLOCK:
        return this.#takeSimpleBlock(element, endByte);
      case ID.BLOCK_GROUP:
        return this.#takeBlockGroup(element, endByte);
      default:
        return this.#passTo(endByte);
    }
  }

  #passTo(byte: number): Step {
    this.#at = byte;
    return 'next';
  }

  #enterCluster({ headerByteLength, bodyByteLength }: ElementHeader): Step {
    this.#blocks.beginCluster(this.#at);
    this.#clusterEndByte = this.#at + headerByteLength + bodyByteLength;
    return this.#passTo(this.#at + headerByteLength);
  }

  /** RFC 8794, section 12: unknown elements are skipped. Damage looks like them, so a known one must follow. */
  #passUnknown(endByte: number): Step {
    if (endByte - this.#at > MAX_UNKNOWN_BYTES || endByte > this.#source.byteLength) return 'lost';
    if (this.#at < this.#clusterEndByte && endByte > this.#clusterEndByte) return 'lost';
    if (!this.#holds(endByte - this.#at + MAX_ELEMENT_HEADER_BYTES)) return 'starved';
    const next = elementAt(this.#window.bytes, endByte - this.#window.startByte);
    if (next === null) return 'lost';
    const follows = next === 'cut' || SEGMENT_CHILDREN.has(next.id) || CLUSTER_CHILDREN.has(next.id);
    return follows ? this.#passTo(endByte) : 'lost';
  }

  #takeTimestamp({ headerByteLength, bodyByteLength }: ElementHeader, endByte: number): Step {
    if (bodyByteLength > MAX_NUMBER_BYTES) return 'lost';
    if (!this.#holds(headerByteLength + bodyByteLength)) return 'starved';
    const { bytes, startByte } = this.#window;
    const from = this.#at + headerByteLength - startByte;
    this.#blocks.setTimestamp(unsignedOf(bytes.subarray(from, from + bodyByteLength)));
    return this.#passTo(endByte);
  }

  #takeSimpleBlock({ id, headerByteLength, bodyByteLength }: ElementHeader, endByte: number): Step {
    if (!this.#holds(headerByteLength + Math.min(bodyByteLength, MAX_BLOCK_HEAD_BYTES))) return 'starved';
    const { bytes, startByte } = this.#window;
    const from = this.#at + headerByteLength - startByte;
    const head = blockHeadAt(bytes, from, Math.min(from + bodyByteLength, bytes.length));
    if (head !== null && head.trackNumber !== this.#trackNumber) return this.#passTo(endByte);
    if (id === ID.ENCRYPTED_BLOCK) return this.#refuseEncrypted(endByte);
    if (bodyByteLength > MAX_BLOCK_BYTES) return 'lost';
    if (!this.#holds(endByte - this.#at)) return 'starved';
    return this.#takeBlock(endByte, from, from + bodyByteLength, 0);
  }

  #takeBlockGroup({ headerByteLength, bodyByteLength }: ElementHeader, endByte: number): Step {
    // No audio: a picture.
    if (bodyByteLength > MAX_BLOCK_BYTES) return this.#passTo(endByte);
    if (!this.#holds(endByte - this.#at)) return 'starved';
    const { bytes, startByte } = this.#window;
    const from = this.#at + headerByteLength - startByte;
    const group = parseBlockGroup(bytes, from, from + bodyByteLength);
    if (group !== null) return this.#takeBlock(endByte, group.blockFrom, group.blockTo, group.discardPaddingNs);
    this.#noteDamage(this.#at);
    return this.#passTo(endByte);
  }

  /** A block in the window, `bytes[from, to)`, whose element ends at `endByte`. */
  #takeBlock(endByte: number, from: number, to: number, discardPaddingNs: number): Step {
    const { bytes, startByte: windowStartByte } = this.#window;
    const head = blockHeadAt(bytes, from, to);
    if (head === null) this.#noteDamage(this.#at);
    else if (head.trackNumber === this.#trackNumber) {
      const place = { windowStartByte, startByte: this.#at, endByte };
      const frames = { framesFrom: from + head.byteLength, framesTo: to };
      const whole = this.#blocks.take({ bytes, ...place, ...frames, head, discardPaddingNs });
      if (!whole) this.#noteDamage(this.#at);
    }
    return this.#passTo(endByte);
  }

  #refuseEncrypted(endByte: number): Step {
    if (this.#blocks.audioStartByte === undefined) {
      throw new CuepointError(
        'drm_protected',
        'the blocks of the audio track are encrypted (EncryptedBlock); upload a file without protection',
      );
    }
    this.#noteDamage(this.#at);
    return this.#passTo(endByte);
  }

  #noteDamage(byte: number): void {
    this.findings.damage ??= { count: 0, byte, sample: this.#blocks.decodedSamples };
    this.findings.damage.count++;
  }

  /** Goes on at the next cluster, wherever it begins. False: there is none, and the findings say why. */
  async #resync(): Promise<boolean> {
    const lostByte = this.#at;
    const foundByte = await this.#search(lostByte + 1);
    if (foundByte === null && this.#cut) this.findings.truncated = true;
    else if (foundByte === null && lostByte >= this.#segmentEndByte) this.findings.trailingByte = lostByte;
    else this.#noteDamage(lostByte);
    if (foundByte === null) return false;
    this.#at = foundByte;
    return true;
  }

  /** The next byte from `fromByte` on where a cluster begins by all that can be seen of it. */
  async #search(fromByte: number): Promise<number | null> {
    const window = this.#window;
    for (let byte = fromByte; ; ) {
      const { bytes, startByte, atEnd } = window;
      const to = atEnd ? bytes.length : bytes.length - CLUSTER_SIGHT_BYTES;
      const offset = clusterBeginsAt(bytes, byte - startByte, to);
      if (offset < to) return startByte + offset;
      if (atEnd) return null;
      byte = Math.max(byte, startByte + offset);
      await window.advance(byte);
    }
  }
}
