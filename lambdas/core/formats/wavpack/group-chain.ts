import type { Packets } from '../format.ts';
import type { BlockHeader } from './block-header.ts';
import type { Block } from './block-walk.ts';
import { counted, type Finding } from './finding.ts';

/** All blocks of one stretch of time: one for mono and stereo, several where there are more channels. */
export type Group = {
  readonly startByte: number;
  /** Of the first block. */
  readonly header: BlockHeader;
  readonly channels: number;
};

/**
 * Puts blocks together to groups, which are the packets, and keeps what the first group is: the others must agree with
 * it. Complete after `finish`.
 */
export class GroupChain {
  #open: { readonly startByte: number; readonly header: BlockHeader; channels: number } | undefined;
  /** A group of another kind: a change of the format if the next one is like it, else damage. */
  #changed: Group | undefined;
  #nextIndex = 0;
  #startBytes: number[] = [];
  #samples: number[] = [];

  first: Group | undefined;
  audioEndByte = 0;
  totalSamples = 0;
  /** Groups that are incomplete, or that follow a gap. */
  damaged: Finding | undefined;
  /** Blocks that are taken although their checksum is wrong. */
  altered: Finding | undefined;
  /** Where the count of samples begins anew: another file was appended. */
  joined: Finding | undefined;
  /** The group from which on rate, channels or width are other ones; nothing from there on is taken. */
  change: Group | undefined;

  accept({ startByte, header, altered }: Block): void {
    if (this.change !== undefined) return;
    if (altered) this.altered = counted(this.altered, startByte);
    if (header.samples === 0) return;
    if (header.initial) {
      if (this.#open !== undefined) this.#noteDamage(this.#open.startByte);
      this.#open = { startByte, header, channels: header.channels };
    } else if (this.#open === undefined || !continues(header, this.#open.header)) {
      this.#noteDamage(startByte);
      this.#open = undefined;
      return;
    } else {
      this.#open.channels += header.channels;
    }
    if (header.final) this.#close(this.#open, startByte + header.byteLength);
  }

  /** The packets since the last call, `null` when there are none. */
  takeBatch(): Packets | null {
    const count = this.#startBytes.length;
    if (count === 0) return null;
    const batch: Packets = {
      kind: 'packets',
      count,
      startByte: Float64Array.from(this.#startBytes),
      samples: Uint32Array.from(this.#samples),
      prerollPackets: new Uint16Array(count),
    };
    this.#startBytes = [];
    this.#samples = [];
    return batch;
  }

  /** `isCut`: the file ends inside a block, which explains a last group that is incomplete. */
  finish(isCut: boolean): void {
    if (this.#changed !== undefined) this.#noteDamage(this.#changed.startByte);
    if (this.#open !== undefined && !isCut) this.#noteDamage(this.#open.startByte);
    this.#open = undefined;
  }

  #close(group: Group, endByte: number): void {
    this.#open = undefined;
    this.first ??= group;
    if (isAlike(group, this.first)) {
      if (this.#changed !== undefined) this.#noteDamage(this.#changed.startByte);
      this.#changed = undefined;
      this.#take(group, endByte);
    } else if (this.#changed !== undefined && isAlike(group, this.#changed)) {
      this.change = this.#changed;
      this.#changed = undefined;
    } else {
      if (this.#changed !== undefined) this.#noteDamage(this.#changed.startByte);
      this.#changed = group;
    }
  }

  #take({ startByte, header }: Group, endByte: number): void {
    const isFirst = this.totalSamples === 0;
    if (!isFirst && header.blockIndex === 0) this.joined = counted(this.joined, startByte);
    else if (!isFirst && header.blockIndex !== this.#nextIndex) this.#noteDamage(startByte);
    this.#nextIndex = header.blockIndex + header.samples;
    this.#startBytes.push(startByte);
    this.#samples.push(header.samples);
    this.totalSamples += header.samples;
    this.audioEndByte = endByte;
  }

  #noteDamage(startByte: number): void {
    this.damaged = counted(this.damaged, startByte);
  }
}

function continues(header: BlockHeader, first: BlockHeader): boolean {
  return header.blockIndex === first.blockIndex && header.samples === first.samples;
}

function isAlike(group: Group, other: Group): boolean {
  return isAtRateOf(group, other) && isAsWideAs(group.header, other.header);
}

/** The same rate and channels. */
export function isAtRateOf(group: Group, other: Group): boolean {
  return group.header.sampleRate === other.header.sampleRate && group.channels === other.channels;
}

function isAsWideAs(header: BlockHeader, other: BlockHeader): boolean {
  return header.bitsPerSample === other.bitsPerSample && header.float === other.float && header.dsd === other.dsd;
}
