import { cutToBytes } from '../clean-text.ts';

/** A subtitle, with its text as WebVTT has it: https://www.w3.org/TR/webvtt1/ */
export type Cue = {
  readonly startMs: number;
  /** After `startMs`. */
  readonly endMs: number;
  /** One or more lines, none of them empty, escaped. */
  readonly text: string;
  /** Cue settings (section 4.4), such as `align:start`. */
  readonly settings?: string;
};

/** More than a day of talk; what is beyond is left out. */
export const MAX_CUES = 20_000;

/** Of UTF-8, as it stands in the file: more than a screen holds. */
const MAX_CUE_TEXT_BYTES = 4096;

/** UTF-16 units of all cues of a file. LRC sings a line as often as it has stamps: what comes out is not bounded by what goes in. */
const MAX_TEXT_LENGTH = 4 * 2 ** 20;

/** As much of the text of a cue as is shown, whole code points. */
export function boundedText(text: string): string {
  return cutToBytes(text, MAX_CUE_TEXT_BYTES).trimEnd();
}

/** The cues of a file up to MAX_CUES, and up to MAX_TEXT_LENGTH of text. */
export class CueList {
  readonly cues: Cue[] = [];
  #lengthLeft = MAX_TEXT_LENGTH;

  /** Nothing more is taken; a parser may end. */
  get isFull(): boolean {
    return this.cues.length >= MAX_CUES || this.#lengthLeft <= 0;
  }

  /** Leaves the cue out when the list is full, when it has no text, or when it does not last. */
  add(cue: Cue): void {
    if (cue.text === '' || cue.endMs <= cue.startMs || this.isFull) return;
    this.#lengthLeft -= cue.text.length + (cue.settings?.length ?? 0);
    if (this.#lengthLeft >= 0) this.cues.push(cue);
  }
}
