import { open } from 'node:fs/promises';
import { wavHeader } from '../lambdas/core/formats/wav/wav-header.ts';

const BLOCK_BYTES = 8 * 1024 * 1024;

/** 16-bit stereo at 44.1 kHz, the same block again and again. */
export async function writeLargeWav(file: string, dataBytes: number): Promise<void> {
  const handle = await open(file, 'w');
  await handle.write(wavHeader({ sampleRate: 44_100, channels: 2, codec: 'pcm_s16le', bitsPerSample: 16 }, dataBytes));
  const block = new Uint8Array(BLOCK_BYTES).map((_, i) => (i * 2_654_435_761) >>> 24);
  for (let written = 0; written < dataBytes; written += block.length) {
    await handle.write(block, 0, Math.min(block.length, dataBytes - written));
  }
  await handle.close();
}
