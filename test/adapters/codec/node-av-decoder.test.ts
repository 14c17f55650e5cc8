import { createRequire } from 'node:module';
import { loadDecoder } from '../../../lambdas/adapters/codec/node-av-decoder.ts';
import { flacCodecFrame } from '../../contract/codec-frames.ts';
import { decoderContract } from '../../contract/decoder.contract.ts';

/** The tests must be named before anything can be awaited, so this asks the package itself. */
function nodeAvRunsHere(): boolean {
  try {
    createRequire(import.meta.url)('node-av/lib');
    return true;
  } catch {
    return false;
  }
}

const runsHere = nodeAvRunsHere();

decoderContract(
  runsHere ? 'node-av' : 'node-av, SKIPPED: the optional package does not run here',
  runsHere,
  loadDecoder,
);

(runsHere ? describe : describe.skip)('the decoder of node-av', () => {
  it('says so when samples are asked for after their memory was used again', async () => {
    const decoder = await loadDecoder();
    const { config, frame } = flacCodecFrame({ channels: 1, samples: 64, bits: 16 });
    const opened = await decoder?.open(config);
    const [first] = (await opened?.decode(frame)) ?? [];
    const [second] = (await opened?.decode(frame)) ?? [];
    expect(first?.samples).toBe(64);
    expect(() => first?.interleaved()).toThrow('gone');
    opened?.close();
    expect(() => second?.interleaved()).toThrow('gone');
  });
});

it('is undefined where the package is not installed or does not load', async () => {
  jest.resetModules();
  jest.doMock(
    'node-av/lib',
    () => {
      throw new Error('Could not load the native binding');
    },
    { virtual: true },
  );
  try {
    expect(await loadDecoder()).toBeUndefined();
  } finally {
    jest.dontMock('node-av/lib');
    jest.resetModules();
  }
});
