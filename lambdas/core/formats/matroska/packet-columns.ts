import type { Frames, Packets } from '../format.ts';
import type { CodecStream } from './codec-stream.ts';
import { PrerollWindow } from './preroll-window.ts';

/** A cluster longer than this is cut at its blocks: chunks stay small whatever its writer did. */
const MAX_PACKET_SECONDS = 30;
const MAX_PACKET_BYTES = 1 << 21;
/** 30 s of the shortest frames of Opus have fewer. */
const MAX_PACKET_FRAMES = 1 << 14;

/** A batch is handed on at the end of the packet that reaches it: some 80 s of audio, 64 KiB of columns. */
const BATCH_FRAMES = 4096;

/** A block of the track: its element, and its frames as [bounds[i], bounds[i + 1]) relative to `boundsByte`. */
export type HeardBlock = {
  readonly startByte: number;
  readonly endByte: number;
  readonly boundsByte: number;
  readonly bounds: Uint32Array;
  /** Of each frame; negative: not to be decoded. */
  readonly frameSamples: Int32Array;
  readonly frameCount: number;
  /** Of all frames. */
  readonly samples: number;
};

type OpenPacket = { startByte: number; samples: number; frames: number; firstFrameSamples: number };

/** Gathers blocks into packets, and packets with their frames into batches. */
export class PacketColumns {
  readonly #maxPacketSamples: number;
  readonly #window: PrerollWindow;
  readonly #statesPrerollSamples: boolean;
  #frames = new FrameColumns();
  #packets: { startByte: number; samples: number; prerollPackets: number; prerollSamples: number }[] = [];
  #open: OpenPacket | undefined;
  /** A cluster has begun there, and none of its blocks was heard yet. */
  #clusterStartByte: number | undefined;

  constructor(stream: CodecStream) {
    this.#maxPacketSamples = MAX_PACKET_SECONDS * stream.sampleRate;
    this.#window = new PrerollWindow(stream.preroll);
    this.#statesPrerollSamples = stream.preroll.firstFrameSilent;
  }

  beginCluster(startByte: number): void {
    this.#clusterStartByte = startByte;
  }

  /** Takes a block of at least one frame that decodes. */
  add(block: HeardBlock): void {
    const startByte = this.#clusterStartByte ?? this.#splitStartByte(block);
    this.#clusterStartByte = undefined;
    if (startByte !== undefined) {
      this.#close();
      this.#open = { startByte, samples: 0, frames: 0, firstFrameSamples: 0 };
    }
    const open = this.#open;
    if (open === undefined) return;
    for (let i = 0; i < block.frameCount; i++) {
      const samples = block.frameSamples[i] as number;
      if (samples < 0) continue;
      if (open.frames++ === 0) open.firstFrameSamples = samples;
      const from = block.bounds[i] as number;
      this.#frames.add(block.boundsByte + from, (block.bounds[i + 1] as number) - from, samples);
    }
    open.samples += block.samples;
  }

  /** True once there is enough for a batch. */
  get full(): boolean {
    return this.#packets.length > 0 && this.#frames.closedCount >= BATCH_FRAMES;
  }

  /** What is complete so far; `null` when that is nothing. */
  take(): Packets | null {
    const packets = this.#packets;
    if (packets.length === 0) return null;
    this.#packets = [];
    const prerollSamples = { prerollSamples: Uint32Array.from(packets, (packet) => packet.prerollSamples) };
    return {
      kind: 'packets',
      count: packets.length,
      startByte: Float64Array.from(packets, (packet) => packet.startByte),
      samples: Uint32Array.from(packets, (packet) => packet.samples),
      prerollPackets: Uint16Array.from(packets, (packet) => packet.prerollPackets),
      ...(this.#statesPrerollSamples ? prerollSamples : {}),
      frames: this.#frames.take(),
    };
  }

  /** After the last block: all that is left. */
  finish(): Packets | null {
    this.#close();
    return this.take();
  }

  /** Where the block must begin a packet of its own inside its cluster; `undefined` when it need not. */
  #splitStartByte({ startByte, endByte, samples, frameCount }: HeardBlock): number | undefined {
    const open = this.#open;
    if (open === undefined) return startByte;
    const isLong =
      open.samples + samples > this.#maxPacketSamples ||
      open.frames + frameCount > MAX_PACKET_FRAMES ||
      endByte - open.startByte > MAX_PACKET_BYTES;
    return isLong ? startByte : undefined;
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    const { packets, samples } = this.#window.preroll;
    this.#packets.push({
      startByte: open.startByte,
      samples: open.samples,
      prerollPackets: packets,
      prerollSamples: samples,
    });
    this.#window.push(open);
    this.#frames.closePacket();
    this.#open = undefined;
  }
}

/** Frames of complete packets, then those of the open one. */
class FrameColumns {
  #startByte = new Float64Array(BATCH_FRAMES);
  #byteLength = new Uint32Array(BATCH_FRAMES);
  #samples = new Uint32Array(BATCH_FRAMES);
  #count = 0;
  closedCount = 0;

  add(startByte: number, byteLength: number, samples: number): void {
    if (this.#count === this.#startByte.length) this.#grow();
    this.#startByte[this.#count] = startByte;
    this.#byteLength[this.#count] = byteLength;
    this.#samples[this.#count] = samples;
    this.#count++;
  }

  closePacket(): void {
    this.closedCount = this.#count;
  }

  /** The frames of the complete packets, which are then the consumer's; those of the open one stay. */
  take(): Frames {
    const [count, from, to] = [this.closedCount, this.closedCount, this.#count];
    const taken = {
      count,
      startByte: this.#startByte.slice(0, count),
      byteLength: this.#byteLength.slice(0, count),
      samples: this.#samples.slice(0, count),
    };
    for (const column of [this.#startByte, this.#byteLength, this.#samples]) column.copyWithin(0, from, to);
    this.#count = to - from;
    this.closedCount = 0;
    return taken;
  }

  #grow(): void {
    const length = this.#startByte.length * 2;
    const grown = { startByte: new Float64Array(length), byteLength: new Uint32Array(length) };
    const samples = new Uint32Array(length);
    grown.startByte.set(this.#startByte);
    grown.byteLength.set(this.#byteLength);
    samples.set(this.#samples);
    [this.#startByte, this.#byteLength, this.#samples] = [grown.startByte, grown.byteLength, samples];
  }
}
