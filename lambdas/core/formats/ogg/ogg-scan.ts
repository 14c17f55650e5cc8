import { CuepointError, isSourceFailure } from '../../errors.ts';
import type { ByteSource } from '../../ports.ts';
import type { PacketBatch, ScanSummary } from '../format.ts';
import { findTrailingTags } from '../surrounding-tags.ts';
import { type Findings, found } from './findings.ts';
import { type Link, LinkHeaders, sameAudio } from './link-headers.ts';
import { LinkScan } from './link-scan.ts';
import type { Page } from './page.ts';
import { PageWalk } from './page-walk.ts';
import { type Change, scanWarnings } from './scan-warnings.ts';

/** A recording of months, a song a link, has fewer; each costs a few bytes in the track's record. */
const MAX_LINKS = 2000;

/** Where the first link begins, and its audio. */
export type OggStart = {
  readonly link: Link;
  readonly audioStartByte: number;
  /** What comes before the first link and is no tag. */
  readonly headlessByteLength: number;
};

/** One pass over the pages from the first one of audio: those of the track, link by link. */
export class OggScan {
  readonly #source: ByteSource;
  readonly #start: OggStart;
  readonly #findings: Findings = { pages: undefined, junk: undefined, packets: undefined };
  readonly #ready: PacketBatch[] = [];
  #current: LinkScan;
  #links = 1;
  /** Of the first link, once another has begun. */
  #leadInSamples: number | undefined;
  /** The headers under way; pages of audio are waited for. */
  #headers: LinkHeaders | undefined;
  /** Between a link that cannot be decoded and the next one: nothing belongs to the track. */
  #idle = false;
  #change: Change | undefined;
  #pageEndByte: number;

  constructor(source: ByteSource, start: OggStart) {
    this.#source = source;
    this.#start = start;
    this.#current = new LinkScan(start.link, undefined, this.#findings);
    this.#pageEndByte = start.audioStartByte;
  }

  /** Throws `no_audio` when nothing is audible. */
  async *batches(blockBytes: number | undefined): AsyncGenerator<PacketBatch, ScanSummary, undefined> {
    const walk = await PageWalk.open(this.#source, this.#start.audioStartByte, blockBytes);
    while (this.#change === undefined) {
      const page = walk.next();
      if (page !== null) {
        this.#accept(page);
        continue;
      }
      yield* this.#takeReady();
      if (!(await walk.advance())) break;
    }
    const rest = this.#current.finish(true);
    if (rest !== null) this.#ready.push(rest);
    yield* this.#takeReady();
    const isCut = walk.cutStartByte !== undefined;
    if (!isCut && this.#change === undefined) await this.#noteJunkBehind();
    return this.#summary(isCut);
  }

  /** Bytes that are neither pages nor tags follow the last page. */
  async #noteJunkBehind(): Promise<void> {
    if ((await findTrailingTags(this.#source, this.#pageEndByte)) <= this.#pageEndByte) return;
    this.#findings.junk = found(this.#findings.junk, this.#pageEndByte, this.#current.gainedSamples);
  }

  #accept(page: Page): void {
    const junkBefore = page.startByte > this.#pageEndByte;
    this.#pageEndByte = page.endByte;
    if (page.first && this.#headers?.grouped !== true) {
      this.#headers = new LinkHeaders(page.startByte, this.#start.link.mapping);
    }
    if (this.#headers !== undefined && !this.#acceptHeader(this.#headers, page)) return;
    if (!this.#idle && page.serial === this.#current.link.serial) this.#current.accept(page, junkBefore);
  }

  /** True when the page is the first of a new link's audio. */
  #acceptHeader(headers: LinkHeaders, page: Page): boolean {
    try {
      const link = headers.accept(page);
      if (link !== null) this.#begin(link, page.startByte);
      return link !== null && this.#change === undefined;
    } catch (error) {
      if (!isSourceFailure(error)) throw error;
      this.#headers = undefined;
      if (error.code === 'unsupported_codec') {
        this.#change = { startByte: headers.startByte, audio: undefined };
      } else {
        this.#findings.pages = found(this.#findings.pages, headers.startByte, this.#current.gainedSamples);
        this.#idle = true;
      }
      return false;
    }
  }

  #begin(link: Link, audioStartByte: number): void {
    this.#headers = undefined;
    if (!sameAudio(link.mapping, this.#start.link.mapping)) {
      this.#change = { startByte: link.startByte, audio: link.mapping };
      return;
    }
    if (this.#links === MAX_LINKS) {
      this.#change = { startByte: link.startByte, audio: link.mapping };
      return;
    }
    const rest = this.#current.finish(false);
    if (rest !== null) this.#ready.push(rest);
    // Its own header pages stay with the chunk before: a chunk is decoded behind the init, and some decoders give
    // nothing for a stream that begins twice.
    this.#ready.push({ kind: 'init', startByte: audioStartByte, init: link.init });
    this.#leadInSamples ??= this.#leadIn();
    this.#links++;
    this.#idle = false;
    this.#current = new LinkScan(link, { samples: this.#current.gainedSamples }, this.#findings);
  }

  *#takeReady(): Generator<PacketBatch, void, undefined> {
    yield* this.#ready.splice(0);
    const settled = this.#current.takeSettled();
    if (settled !== null) yield settled;
  }

  /** No more than there is, which of a first link's granule need not be so. */
  #leadIn(): number {
    return Math.min(this.#current.leadInSamples, this.#current.gainedSamples);
  }

  #summary(cut: boolean): ScanSummary {
    const { startSample, gainedSamples, paddingSamples, audioEndByte, ended } = this.#current;
    const leadInSamples = this.#leadInSamples ?? this.#leadIn();
    const linkStartSample = this.#links === 1 ? leadInSamples : startSample;
    const totalSamples = Math.max(linkStartSample, gainedSamples - paddingSamples) - leadInSamples;
    const { byteLength } = this.#source;
    if (totalSamples <= 0) {
      throw new CuepointError(
        'no_audio',
        `the Ogg file of ${byteLength} bytes has headers but no sample to be heard; upload a file that has audio in it`,
      );
    }
    const warnings = scanWarnings({
      audio: this.#start.link.mapping,
      otherTracks: this.#start.link.otherTracks,
      headlessByteLength: this.#start.headlessByteLength,
      findings: this.#findings,
      links: this.#links,
      change: this.#change,
      cut: cut ? 'in_page' : ended || this.#change !== undefined ? undefined : 'after_page',
      leadInSamples,
      totalSamples,
      byteLength,
    });
    return { leadInSamples, totalSamples, audioStartByte: this.#start.audioStartByte, audioEndByte, warnings };
  }
}
