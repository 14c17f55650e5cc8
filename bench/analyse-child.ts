/** Analyses a file of raw floats in a process of its own; prints milliseconds and the most memory it had. */
import { open } from 'node:fs/promises';
import { Analyser } from '../lambdas/core/dsp/analyser.ts';
import { encodeAnalysis } from '../lambdas/core/dsp/analysis-record.ts';

const READ_BYTES = 1024 * 1024;

const [file = '', rate = '', channelCount = ''] = process.argv.slice(2);
const sampleRate = Number(rate);
const channels = Number(channelCount);
const start = performance.now();
const handle = await open(file);
const { size } = await handle.stat();
const expectedSamples = size / 4 / channels;
const analyser = new Analyser({ sampleRate, channels, expectedSamples });
const floats = new Float32Array(READ_BYTES / 4);
const bytes = new Uint8Array(floats.buffer);
let storedBytes = 0;
const take = () => {
  for (const piece of analyser.takePieces()) storedBytes += piece.bytes.length;
};
for (;;) {
  const { bytesRead } = await handle.read(bytes);
  if (bytesRead === 0) break;
  analyser.accept(floats, 0, bytesRead / 4 / channels);
  take();
}
const analysis = analyser.finish();
take();
await handle.close();
const milliseconds = performance.now() - start;
storedBytes += encodeAnalysis(analysis).length;
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ milliseconds, peakBytes, storedBytes, integratedLufs: analysis.loudness.integratedLufs }));
