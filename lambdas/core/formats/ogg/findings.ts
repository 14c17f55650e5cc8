/** Something wrong that is served all the same: how often, and where first. `sample` counts decoded samples. */
export type Finding = { readonly count: number; readonly byte: number; readonly sample: number };

/** What was found wrong with the track, over all links. */
export type Findings = {
  /** Pages that are damaged or missing. */
  pages: Finding | undefined;
  /** Bytes between pages, none of which is missing. */
  junk: Finding | undefined;
  /** Packets that decoders pass over. */
  packets: Finding | undefined;
};

export function found(finding: Finding | undefined, byte: number, sample: number): Finding {
  return finding === undefined ? { count: 1, byte, sample } : { ...finding, count: finding.count + 1 };
}
