import { wavHeader } from '../lambdas/core/formats/wav/wav-header.ts';
import type { ObjectStore } from '../lambdas/core/ports.ts';

export const DEMO_KEY = 'cuepoint-demo.wav';

const SAMPLE_RATE = 44_100;
const SECONDS = 45;
const CHANNELS = 2;

/** A slow arpeggio, so that a seek can be heard: each chord lasts five seconds. Hz. */
const CHORDS = [
  [261.63, 329.63, 392.0, 523.25],
  [220.0, 261.63, 329.63, 440.0],
  [174.61, 220.0, 261.63, 349.23],
  [196.0, 246.94, 293.66, 392.0],
];
const NOTES_PER_SECOND = 4;
const CHORD_SECONDS = 5;

/** Puts a short piece of synthesized music into an empty source folder, so that there is something to play at once. */
export async function storeDemoTrack(sources: ObjectStore): Promise<void> {
  const header = wavHeader(
    { sampleRate: SAMPLE_RATE, channels: CHANNELS, codec: 'pcm_s16le', bitsPerSample: 16 },
    SECONDS * SAMPLE_RATE * CHANNELS * 2,
  );
  await sources.put(
    DEMO_KEY,
    { byteLength: header.length + SECONDS * SAMPLE_RATE * CHANNELS * 2, parts: demoParts(header) },
    { contentType: 'audio/wav' },
  );
}

function* demoParts(header: Uint8Array): Generator<Uint8Array> {
  yield header;
  for (let second = 0; second < SECONDS; second++) yield oneSecond(second);
}

function oneSecond(second: number): Uint8Array {
  const part = new Uint8Array(SAMPLE_RATE * CHANNELS * 2);
  const view = new DataView(part.buffer);
  for (let i = 0; i < SAMPLE_RATE; i++) {
    const time = second + i / SAMPLE_RATE;
    for (let channel = 0; channel < CHANNELS; channel++) {
      view.setInt16((i * CHANNELS + channel) * 2, Math.round(9000 * pluck(time, channel)), true);
    }
  }
  return part;
}

/** The note that was plucked last and the one before it, which still rings; a little wider on the right. */
function pluck(time: number, channel: number): number {
  const current = Math.floor(time * NOTES_PER_SECOND);
  let sum = 0;
  for (const note of [current - 1, current]) {
    if (note < 0) continue;
    const chord = CHORDS[Math.floor(note / NOTES_PER_SECOND / CHORD_SECONDS) % CHORDS.length] ?? [];
    const frequency = chord[note % chord.length] ?? 0;
    const age = time - note / NOTES_PER_SECOND;
    const attack = Math.min(1, age / 0.005);
    sum += attack * Math.exp(-age * 5) * Math.sin(2 * Math.PI * frequency * (1 + channel * 0.0008) * age);
  }
  return sum;
}
