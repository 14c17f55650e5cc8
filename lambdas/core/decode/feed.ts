/**
 * What a decoder is to be fed of a source, front to back: the codec frames of each packet, and with them where the packet
 * lies and how many samples the index has for it.
 */
import type { InitChange, PacketBatch, PacketRun, Packets, ScanSummary } from '../formats/format.ts';

/** Frames as byte ranges of the source, or bytes of a packet that are to be taken apart. */
export type Feed = {
  /** Where the packet begins. */
  readonly startByte: number;
  readonly endByte: number;
  /** Decoded samples of the packet: [startSample, endSample). Unknown where only a decoder tells. */
  readonly startSample: number;
  readonly endSample: number | undefined;
  /** With the first packet behind a new init: samples that come out for it beside its own. */
  readonly extraSamples: number;
  /** The last packet of its init: what comes out beyond its end is padding. */
  readonly endsInit: boolean;
  /** Ranges of single frames; absent: the packet's bytes are one frame, or hold some. */
  readonly frames?: readonly { readonly startByte: number; readonly endByte: number }[];
};

export type FeedStep =
  | { readonly kind: 'feed'; readonly feed: Feed }
  | { readonly kind: 'init'; readonly init: Uint8Array };

/**
 * Where runs of equal packets are parted: they begin at `fromByte`, if that lies in them, and a feed begins at every byte that
 * `after` gives (the next such byte behind another).
 */
export type Parting = { readonly fromByte: number; readonly after: (byte: number) => number };

/** PCM is fed in pieces of so many samples: little for the event loop, much for a call. */
const RUN_SAMPLES = 8192;

type OpenPacket = Omit<Feed, 'endByte' | 'endsInit'>;

/** Turns the batches of a scan into feeds. A packet is held until the next one shows where it ends. */
export async function* feedsOf(
  batches: AsyncGenerator<PacketBatch, ScanSummary, undefined>,
  parting: Parting,
): AsyncGenerator<FeedStep, void, undefined> {
  const packets = new PacketFeeds();
  try {
    for (;;) {
      const step = await batches.next();
      if (step.done) {
        yield* packets.close(step.value.audioEndByte, false);
        return;
      }
      const batch = step.value;
      switch (batch.kind) {
        case 'packets':
          yield* packets.accept(batch);
          break;
        case 'run':
          yield* packets.close(batch.startByte, false);
          yield* packets.acceptRun(batch, parting);
          break;
        case 'init':
          yield* packets.change(batch);
          break;
      }
    }
  } finally {
    await batches.return(undefined as never);
  }
}

class PacketFeeds {
  #open: OpenPacket | undefined;
  #sample = 0;
  #isAfterInit = false;

  *accept(batch: Packets): Generator<FeedStep, void, undefined> {
    let frame = 0;
    for (let i = 0; i < batch.count; i++) {
      const startByte = batch.startByte[i] ?? 0;
      yield* this.close(startByte, false);
      const samples = batch.samples[i] ?? 0;
      const nextByte = batch.startByte[i + 1] ?? Number.POSITIVE_INFINITY;
      const frames: { startByte: number; endByte: number }[] = [];
      for (; frame < (batch.frames?.count ?? 0) && (batch.frames?.startByte[frame] ?? 0) < nextByte; frame++) {
        const from = batch.frames?.startByte[frame] ?? 0;
        frames.push({ startByte: from, endByte: from + (batch.frames?.byteLength[frame] ?? 0) });
      }
      const isFirst = this.#isAfterInit;
      this.#isAfterInit = false;
      this.#open = {
        startByte,
        startSample: this.#sample,
        endSample: this.#sample + samples,
        extraSamples: isFirst && batch.prerollPackets[i] === 0 ? (batch.prerollSamples?.[i] ?? 0) : 0,
        ...(batch.frames ? { frames } : {}),
      };
      this.#sample += samples;
    }
  }

  *acceptRun(run: PacketRun, parting: Parting): Generator<FeedStep, void, undefined> {
    const packetsAtOnce = Math.max(1, Math.floor(RUN_SAMPLES / run.packetSamples));
    const passedOver = Math.max(0, Math.floor((parting.fromByte - run.startByte) / run.packetByteLength));
    let done = Math.min(run.count, passedOver);
    this.#sample += done * run.packetSamples;
    while (done < run.count) {
      const startByte = run.startByte + done * run.packetByteLength;
      const untilParting = Math.floor((parting.after(startByte) - startByte) / run.packetByteLength);
      const taken = Math.min(run.count - done, packetsAtOnce, Math.max(1, untilParting));
      const endSample = this.#sample + taken * run.packetSamples;
      const endByte = startByte + taken * run.packetByteLength;
      const feed = { startByte, endByte, startSample: this.#sample, endSample, extraSamples: 0, endsInit: false };
      yield { kind: 'feed', feed };
      this.#sample = endSample;
      done += taken;
    }
  }

  *change({ startByte, init }: InitChange): Generator<FeedStep, void, undefined> {
    yield* this.close(startByte, true);
    this.#isAfterInit = true;
    yield { kind: 'init', init };
  }

  *close(endByte: number, endsInit: boolean): Generator<FeedStep, void, undefined> {
    if (this.#open === undefined) return;
    const feed = { ...this.#open, endByte, endsInit };
    this.#open = undefined;
    yield { kind: 'feed', feed };
  }
}
