/**
 * What granule positions trim of a link. They are never used to count samples: the packets do that.
 *
 * The first page of audio may say that its samples begin before position 0: that many are dropped at the front. The
 * page marked last may say less than its packets hold: the rest is padding (Vorbis I, appendix A.2; RFC 7845, section
 * 4.4). Both are measured against the page before, as reference decoders do it, so that pages lost or joined earlier
 * do not count; a stream cut out of a longer one begins with what it has.
 */
export class GranuleClock {
  #position: number | undefined;
  #decodedAtPosition = 0;

  /** Decoded samples to be dropped, at the front and, so far as is known, at the end. Not measured against the length. */
  frontSamples = 0;
  endSamples = 0;

  /** `decodedSamples`: of the link, up to and with the packets that end on this page, at least one of which is audio. */
  endOfPage(granule: number | undefined, last: boolean, decodedSamples: number): void {
    if (granule === undefined) return;
    const position = this.#position;
    if (position === undefined) {
      const excess = Math.max(0, decodedSamples - granule);
      if (last) this.endSamples = excess;
      else this.frontSamples = excess;
    } else {
      const expected = position + decodedSamples - this.#decodedAtPosition;
      this.endSamples = last ? Math.max(0, expected - granule) : 0;
    }
    this.#position = granule;
    this.#decodedAtPosition = decodedSamples;
  }
}
