/**
 * Sequencers order the events of one key. S3 documents them as hexadecimal strings of differing length, to be compared
 * after padding the shorter with zeros on the right.
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length);
  const left = a.padEnd(length, '0');
  const right = b.padEnd(length, '0');
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Longer than any sequencer a source of events gives, so that what is appended beyond it orders after that one alone. */
const LONGEST_SEQUENCER = 32;

/**
 * A sequencer just after `sequencer` and before any that a real later event carries: what reconciling uses when it finds
 * that an event was lost. For '' (no event was ever seen) it is below every real one.
 */
export function sequencerAfter(sequencer: string): string {
  return `${sequencer.padEnd(LONGEST_SEQUENCER, '0')}1`;
}
