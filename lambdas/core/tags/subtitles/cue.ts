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
