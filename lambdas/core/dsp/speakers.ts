/**
 * Which loudspeaker each channel is for, and what it counts in a loudness.
 *
 * Spec: ITU-R BS.1770-4, tables 3 and 4: channels between 60° and 120° to the side count 1.41, low-frequency effects do
 * not count, all others count 1. The pair behind of a 5.1 layout is at 110°, that of a 7.1 layout at 135° or more.
 */

/** In the order of the bits of WAVE_FORMAT_EXTENSIBLE's channel mask, which is also their order in a file. */
export const SPEAKERS = [
  'front-left',
  'front-right',
  'front-centre',
  'low-frequency',
  'back-left',
  'back-right',
  'front-left-of-centre',
  'front-right-of-centre',
  'back-centre',
  'side-left',
  'side-right',
] as const;

export type Speaker = (typeof SPEAKERS)[number];

export const MAX_CHANNELS = 8;
const SIDE_WEIGHT = 1.41;

/** By number of channels, as FLAC and Vorbis have it, with WAVE's order of the channels. */
const USUAL_LAYOUTS: readonly (readonly Speaker[])[] = [
  [],
  ['front-centre'],
  ['front-left', 'front-right'],
  ['front-left', 'front-right', 'front-centre'],
  ['front-left', 'front-right', 'back-left', 'back-right'],
  ['front-left', 'front-right', 'front-centre', 'back-left', 'back-right'],
  ['front-left', 'front-right', 'front-centre', 'low-frequency', 'back-left', 'back-right'],
  ['front-left', 'front-right', 'front-centre', 'low-frequency', 'back-centre', 'side-left', 'side-right'],
  ['front-left', 'front-right', 'front-centre', 'low-frequency', 'back-left', 'back-right', 'side-left', 'side-right'],
];

/** The speakers of `channels` channels: those of `channelMask` if it names as many, else the usual ones. */
export function speakersOf(channels: number, channelMask?: number): readonly Speaker[] {
  const usual = USUAL_LAYOUTS[channels];
  if (usual === undefined || channels < 1) {
    throw new RangeError(`${channels} channels, where 1 to ${MAX_CHANNELS} can be analysed`);
  }
  const named = SPEAKERS.filter((_, bit) => channelMask !== undefined && (channelMask & (1 << bit)) !== 0);
  return named.length === channels ? named : usual;
}

/** One weight a channel, for its mean square. */
export function channelWeights(speakers: readonly Speaker[]): number[] {
  const hasSides = speakers.includes('side-left') || speakers.includes('side-right');
  return speakers.map((speaker) => weightOf(speaker, hasSides));
}

function weightOf(speaker: Speaker, hasSides: boolean): number {
  switch (speaker) {
    case 'low-frequency':
      return 0;
    case 'side-left':
    case 'side-right':
      return SIDE_WEIGHT;
    case 'back-left':
    case 'back-right':
      return hasSides ? 1 : SIDE_WEIGHT;
    case 'front-left':
    case 'front-right':
    case 'front-centre':
    case 'front-left-of-centre':
    case 'front-right-of-centre':
    case 'back-centre':
      return 1;
  }
}
