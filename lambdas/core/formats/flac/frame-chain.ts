import { type FrameHeader, frameByteLimit, isContinuous, sameFormat } from './frame-header.ts';

/** A place that looks like a frame's start: sync code and CRC-8 agree. */
export type Candidate = {
  readonly startByte: number;
  /** See `crc16Residue`: bytes between two candidates have the checksum 0 exactly when their residues are equal. */
  readonly residue: number;
  readonly header: FrameHeader;
  readonly serial: number;
  following: Candidate | undefined;
  /** The first later candidate of the same residue. */
  end: Candidate | undefined;
};

/** What the structure of a frame says of its end; `unknown` where it was not looked at. */
export type FrameExtent = number | 'cut' | 'invalid' | 'unknown';

/** Something wrong that is served all the same: how often, and where first. */
export type Finding = { count: number; readonly byte: number; readonly sample: number };

/**
 * More false candidates than these inside one frame are no accident. The bound keeps memory constant on files made to
 * hurt.
 */
const MAX_WAITING = 1 << 16;

/** How many candidates behind a damaged frame are asked whether they are the next: false ones are rarer than one. */
const MAX_ASKED = 64;

/**
 * Finds the frames among the candidates, in one pass: each candidate is looked at a constant number of times, whatever
 * the data.
 *
 * `head` is where the next frame should begin. It is *trusted* when the frame before ended there; it then ends at the
 * first candidate with which its CRC-16 agrees. After damage the head is a guess, believed only when the CRC-16 agrees
 * and the number at its end is the next. A head that finds no end within the longest possible frame is handed out to
 * be inspected, and what followed it is still there to go on with.
 *
 * The samples of damaged frames: FFmpeg leaves a frame out when its structure cannot be decoded, and keeps one whose
 * structure holds although its CRC-16 is wrong (measured: of single flipped bits, both happen). So does this, and
 * counts neither silence for what is missing nor the gap in the frame numbers.
 */
export class FrameChain {
  readonly #byResidue = new Map<number, Candidate>();
  #startBytes: number[] = [];
  #samples: number[] = [];
  #head: Candidate | undefined;
  #tail: Candidate | undefined;
  #trusted = false;
  #serial = 0;
  #last: FrameHeader | undefined;
  #droppedTrusted = false;

  /** The format that the timeline has; the first frame's when none was given. */
  reference: FrameHeader | undefined;
  totalSamples = 0;
  audioStartByte: number;
  /** The byte after the last frame so far. */
  audioEndByte: number;
  frameCount = 0;
  damaged: Finding | undefined;
  junk: Finding | undefined;
  /** Where a frame begins that the end of the file cuts. */
  cutStartByte: number | undefined;
  /** The frame of another format at which the timeline ends. */
  change: Candidate | undefined;

  constructor(startByte: number, reference: FrameHeader | undefined) {
    this.audioStartByte = startByte;
    this.audioEndByte = startByte;
    this.reference = reference;
  }

  /** Takes the next candidate. Call `settle` before the next one. */
  accept(startByte: number, residue: number, header: FrameHeader): void {
    const candidate: Candidate = {
      startByte,
      residue,
      header,
      serial: this.#serial++,
      following: undefined,
      end: undefined,
    };
    if (this.#head === undefined) {
      this.#head = candidate;
      this.#trusted = startByte === this.audioEndByte && this.#inFormat(header);
    } else {
      if (this.#tail !== undefined) this.#tail.following = candidate;
      const earlier = this.#byResidue.get(residue);
      if (earlier !== undefined && earlier.startByte >= this.#head.startByte) earlier.end = candidate;
    }
    this.#byResidue.set(residue, candidate);
    this.#tail = candidate;
  }

  /**
   * Takes in every frame whose end is known, the source having been searched up to `searchedToByte`. Returns a candidate
   * that must be inspected (`resolve`) before the search goes on.
   */
  settle(searchedToByte: number, atEnd: boolean): Candidate | undefined {
    while (this.#head !== undefined && this.change === undefined) {
      const head = this.#head;
      const end = head.end;
      const limitByte = head.startByte + frameByteLimit(head.header);
      const plausible = end !== undefined && end.startByte <= limitByte;
      if (plausible && (this.#trusted || isContinuous(head.header, end.header))) {
        this.#take(head, end.startByte);
        this.#moveTo(end, true);
        continue;
      }
      const crowded = this.#serial - head.serial > MAX_WAITING;
      const overdue = searchedToByte > limitByte;
      return atEnd || end !== undefined || crowded || overdue ? head : undefined;
    }
    return undefined;
  }

  /** The verdict on the candidate that `settle` returned: its extent, and whether its CRC-16 agrees with that. */
  resolve(extent: FrameExtent, intact: boolean): void {
    const head = this.#head;
    if (head === undefined) return;
    if (typeof extent === 'number') {
      const endByte = head.startByte + extent;
      if (intact) {
        this.#take(head, endByte);
        this.#moveTo(this.#atOrAfter(endByte), true);
        return;
      }
      const next = this.#next(head);
      if (this.#trusted && (next === undefined || next.startByte >= endByte)) {
        this.#take(head, next?.startByte ?? endByte);
        this.damaged = this.#found(this.damaged, head.startByte, this.totalSamples - head.header.samples);
        this.#moveTo(next ?? this.#atOrAfter(endByte), false);
        return;
      }
    }
    if (this.#trusted) {
      this.#droppedTrusted = true;
      if (extent === 'cut') this.cutStartByte = head.startByte;
    }
    this.#moveTo(head.following, false);
  }

  /** To be called after the last candidate was settled: a frame that was lost and that none followed. */
  finish(): void {
    if (!this.#droppedTrusted || this.cutStartByte !== undefined) return;
    this.damaged = this.#found(this.damaged, this.audioEndByte, this.totalSamples);
  }

  /** Bytes that are neither frames nor tags follow the last frame. */
  noteJunkBehind(): void {
    this.junk = this.#found(this.junk, this.audioEndByte, this.totalSamples);
  }

  /** The frames taken since the last call, as columns; `null` when there are none. */
  takeBatch(): { startByte: Float64Array; samples: Uint32Array } | null {
    if (this.#startBytes.length === 0) return null;
    const batch = { startByte: Float64Array.from(this.#startBytes), samples: Uint32Array.from(this.#samples) };
    this.#startBytes = [];
    this.#samples = [];
    return batch;
  }

  #take(frame: Candidate, endByte: number): void {
    const { header, startByte } = frame;
    if (!this.#inFormat(header)) {
      this.change = frame;
      return;
    }
    this.reference ??= header;
    const last = this.#last;
    const lost =
      this.#droppedTrusted || (last !== undefined && header.number > last.number && !isContinuous(last, header));
    if (lost) this.damaged = this.#found(this.damaged, this.audioEndByte, this.totalSamples);
    else if (startByte > this.audioEndByte) this.junk = this.#found(this.junk, this.audioEndByte, this.totalSamples);
    this.#droppedTrusted = false;
    this.cutStartByte = undefined;
    if (this.frameCount++ === 0) this.audioStartByte = startByte;
    this.#last = header;
    this.#startBytes.push(startByte);
    this.#samples.push(header.samples);
    this.totalSamples += header.samples;
    this.audioEndByte = endByte;
  }

  /** Makes `target` the head and lets go of what lies before it. */
  #moveTo(target: Candidate | undefined, afterFrame: boolean): void {
    let passed = this.#head;
    // Unlinked one by one: the residues' table may keep one of them, which must not keep all the others.
    while (passed !== undefined && passed !== target) {
      const following: Candidate | undefined = passed.following;
      passed.following = undefined;
      passed.end = undefined;
      passed = following;
    }
    this.#head = target;
    this.#trusted =
      target !== undefined && afterFrame && target.startByte === this.audioEndByte && this.#inFormat(target.header);
    if (target === this.#tail || target === undefined) {
      this.#byResidue.clear();
      this.#tail = target;
      if (target !== undefined) this.#byResidue.set(target.residue, target);
    }
  }

  /** The candidate, within reach of the head's frame, that carries the number after the head's. */
  #next(head: Candidate): Candidate | undefined {
    const limitByte = head.startByte + frameByteLimit(head.header);
    let candidate = head.following;
    for (let asked = 0; candidate !== undefined && asked < MAX_ASKED; asked++, candidate = candidate.following) {
      if (candidate.startByte > limitByte) return undefined;
      if (isContinuous(head.header, candidate.header) && sameFormat(head.header, candidate.header)) return candidate;
    }
    return undefined;
  }

  /** What lies before is passed over for good, so that all these searches together are one pass. */
  #atOrAfter(byte: number): Candidate | undefined {
    let candidate = this.#head?.following;
    while (candidate !== undefined && candidate.startByte < byte) candidate = candidate.following;
    return candidate;
  }

  #inFormat(header: FrameHeader): boolean {
    return this.reference === undefined || sameFormat(this.reference, header);
  }

  #found(finding: Finding | undefined, byte: number, sample: number): Finding {
    return finding === undefined ? { count: 1, byte, sample } : { ...finding, count: finding.count + 1 };
  }
}
