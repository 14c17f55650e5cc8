import type { Packets } from '../format.ts';
import { type Findings, found } from './findings.ts';
import { GranuleClock } from './granule-clock.ts';
import type { Link } from './link-headers.ts';
import { COUNTED_BYTES, type PacketCounter } from './mapping.ts';
import { beginsPacket, PacketReader } from './packet-reader.ts';
import { nextSequence, type Page } from './page.ts';
import { PageRuns } from './page-runs.ts';

/** The audio of one link: its pages, in order, from the first that begins a packet. */
export class LinkScan {
  readonly link: Link;
  readonly #previous: { readonly samples: number } | undefined;
  readonly #findings: Findings;
  readonly #runs: PageRuns;
  readonly #clock = new GranuleClock();
  readonly #counter: PacketCounter;
  readonly #packets = new PacketReader(() => COUNTED_BYTES);
  #sequence: number;

  /** The byte after the last page. */
  audioEndByte: number;
  /** Whether the last page so far says that it is the last. */
  ended = false;

  /**
   * `previous`: what the links before gave the timeline. Where there are any, this one gives it no samples but audible
   * ones; the first link's are all told, and its lead-in apart.
   */
  constructor(link: Link, previous: { readonly samples: number } | undefined, findings: Findings) {
    this.link = link;
    this.#previous = previous;
    this.#findings = findings;
    this.#runs = new PageRuns(link.mapping.preroll);
    this.#counter = link.mapping.counter();
    this.#sequence = link.sequence;
    this.audioEndByte = link.startByte;
    this.#dropFront();
  }

  /** Samples from its first packet on that are not to be heard. */
  get leadInSamples(): number {
    return this.link.mapping.preSkipSamples + this.#clock.frontSamples;
  }

  /** Samples at its end that are not to be heard, as far as it is known now. */
  get paddingSamples(): number {
    return this.#clock.endSamples;
  }

  /** What the links before gave the timeline. */
  get startSample(): number {
    return this.#previous?.samples ?? 0;
  }

  /** What all links up to this one gave the timeline, the run under way excluded. */
  get gainedSamples(): number {
    return this.startSample + this.#runs.gainedSamples;
  }

  /** `junkBefore`: between this page and the one before, of whatever stream, lie bytes that are no page. */
  accept(page: Page, junkBefore: boolean): void {
    const findings = this.#findings;
    const sample = this.startSample + this.#runs.decodedSamples;
    if (page.sequence !== this.#sequence) findings.pages = found(findings.pages, page.startByte, sample);
    else if (junkBefore) findings.junk = found(findings.junk, page.startByte, sample);
    this.#sequence = nextSequence(page.sequence);
    const begins = beginsPacket(page);
    // Where no packet begins, one that goes on belongs to the run in which it began.
    const carries = begins && page.continued && this.#packets.open;
    if (begins) this.#runs.begin(page.startByte, carries);
    const packets = this.#count(page, carries);
    if (this.link.mapping.trimsByGranule && (packets > 0 || page.last)) {
      this.#clock.endOfPage(page.granule, page.last, this.#runs.decodedSamples);
      this.#dropFront();
    }
    this.audioEndByte = page.endByte;
    this.ended = page.last;
  }

  takeSettled(): Packets | null {
    return this.#runs.takeSettled();
  }

  /** The rest of its packets. `isLast`: nothing follows, and the padding is told by the scan's summary. */
  finish(isLast: boolean): Packets | null {
    return this.#runs.finish(isLast ? 0 : this.paddingSamples);
  }

  /** Answers how many packets with audio end on the page; the first may be `carried` over from the run before. */
  #count(page: Page, carriesFirst: boolean): number {
    let packets = 0;
    let carried = carriesFirst;
    this.#packets.read(page, (bytes, from, to) => {
      const samples = this.#counter.count(bytes, from, to);
      const isCarried = carried;
      carried = false;
      if (samples !== null) {
        packets++;
        this.#runs.add(samples, isCarried);
      } else if (from < to) {
        const sample = this.startSample + this.#runs.decodedSamples;
        this.#findings.packets = found(this.#findings.packets, page.startByte, sample);
      }
    });
    return packets;
  }

  #dropFront(): void {
    if (this.#previous !== undefined && this.#runs.inFirstRun) this.#runs.trimFront(this.leadInSamples);
  }
}
