import { mpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import {
  apeTag,
  ascii,
  concatBytes,
  id3v1Tag,
  id3v2Header,
  id3v2Tag,
  infoFrame,
  junk,
  type MpegFrameSpec,
  MpegStream,
  mpegFrame,
} from '../../../support/mpeg-stream.ts';
import { scanned } from './scanned.ts';

function frames(count: number, spec: MpegFrameSpec = {}): Uint8Array {
  return new MpegStream().frame(spec, count).bytes();
}

function repeated(pattern: readonly number[], byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => pattern[index % pattern.length] ?? 0);
}

async function codeOf(bytes: Uint8Array): Promise<string | undefined> {
  const error: unknown = await mpegAudio.open(new MemorySource(bytes)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

describe('recognised', () => {
  it.each([
    ['three frames', frames(3)],
    ['three frames and junk', concatBytes(frames(3), junk(5000))],
    ['two frames that fill the file', frames(2)],
    ['one frame that fills the file', frames(1)],
    ['one frame between tags', concatBytes(id3v2Tag(100), frames(1), id3v1Tag())],
    ['a frame and a cut one', frames(2).subarray(0, 500)],
    ['an info frame and a frame', concatBytes(infoFrame({ frames: 1 }), frames(1))],
    ['Layer I from the first byte', frames(3, { layer: 1 })],
    ['eight frames behind 100 kB of junk', concatBytes(junk(100_000), frames(8))],
    ['three frames behind 100 kB of zeros', concatBytes(new Uint8Array(100_000), frames(3))],
    ['the longest frames behind junk', concatBytes(junk(120_000), frames(8, { kbps: 320, sampleRate: 32_000 }))],
  ])('%s', async (_name, bytes) => {
    expect(await mpegAudio.open(new MemorySource(bytes))).not.toBeNull();
  });
});

describe('not ours', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0xff)],
    ['zeros', new Uint8Array(300_000)],
    ['ones', new Uint8Array(300_000).fill(0xff)],
    ['text', ascii('It was a bright cold day in April. '.repeat(5000))],
    ['noise', junk(300_000)],
    ['ID3v1 only', id3v1Tag()],
    ['APEv2 only', apeTag(100)],
    ['two frames and then something else', concatBytes(frames(2), junk(5000))],
    ['one frame and then something else', concatBytes(frames(1), junk(5000))],
    ['one cut frame', frames(1).subarray(0, 400)],
    ['three frames behind junk, before more of it', concatBytes(junk(5000), frames(3), junk(5000))],
    ['Layer I behind junk', concatBytes(junk(5000), frames(30, { layer: 1 }))],
    ['frames of changing kinds', concatBytes(frames(1), frames(1, { sampleRate: 48_000 }), frames(1), junk(500))],
    ['frames further away than is searched', concatBytes(junk(140_000), frames(50))],
    // Frames of 384 bytes follow each other in both, as 384 is a multiple of their periods.
    ['a jump table', repeated([0xff, 0xfb, 0x94, 0x64, ...ascii('sixteen byte')], 300_000)],
    [
      'a jump table behind something else',
      concatBytes(junk(96), repeated([0xff, 0xfb, 0x94, 0x64, 1, 2, 3, 4], 300_000)),
    ],
    ['a constant in raw PCM', repeated([0xff, 0xfb, 0x94, 0x00], 300_000)],
    ['quiet raw PCM', repeated([0xff, 0xff, 0x00, 0x00], 300_000)],
    ['FLAC', concatBytes(ascii('fLaC'), frames(20))],
    ['FLAC behind ID3v2', concatBytes(id3v2Tag(100), ascii('fLaC'), frames(20))],
    ['WAV that holds frames', concatBytes(ascii('RIFF\0\0\0\0WAVEfmt '), frames(20))],
    ['MP4', concatBytes(ascii('\0\0\0\x20ftypM4A '), frames(20))],
  ])('%s', async (_name, bytes) => {
    const source = new MemorySource(bytes);
    expect(await mpegAudio.open(source)).toBeNull();
    expect(source.reads).toBeLessThan(12);
  });

  it('the same frames without a mark of another container are ours', async () => {
    const bytes = concatBytes(ascii('ABCD'), frames(20));
    expect(await mpegAudio.open(new MemorySource(bytes))).not.toBeNull();
  });
});

describe('refused', () => {
  it.each([
    ['ID3v2 and nothing else', id3v2Tag(100), 'no_audio'],
    ['ID3v2 cut in its middle', concatBytes(id3v2Header(9000), junk(100)), 'no_audio'],
    ['ID3v2 and ID3v1', concatBytes(id3v2Tag(100), id3v1Tag()), 'no_audio'],
    ['an info frame and nothing else', infoFrame({ frames: 100 }), 'no_audio'],
    ['ID3v2 and text', concatBytes(id3v2Tag(100), ascii('text')), undefined],
  ])('%s', async (_name, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  const free = { kbps: 0 };
  it.each<[string, Uint8Array, string | undefined]>([
    ['free format', concatBytes(...Array.from({ length: 6 }, () => mpegFrame(free, 1000))), 'free_format_mpeg'],
    [
      'behind ID3v2',
      concatBytes(id3v2Tag(50), ...Array.from({ length: 6 }, () => mpegFrame(free, 1000))),
      'free_format_mpeg',
    ],
    ['padded', concatBytes(...[1000, 1001, 1000, 1000].map((length) => mpegFrame(free, length))), 'free_format_mpeg'],
    ['two frames', concatBytes(mpegFrame(free, 900), mpegFrame(free, 900)), 'free_format_mpeg'],
    [
      'Layer I',
      concatBytes(...[800, 804, 800].map((length) => mpegFrame({ kbps: 0, layer: 1 }, length))),
      'free_format_mpeg',
    ],
    ['one frame', mpegFrame(free, 1000), undefined],
    ['one frame and noise', concatBytes(mpegFrame(free, 1000), junk(5000)), undefined],
    ['uneven lengths', concatBytes(...[700, 900, 500, 800, 999].map((length) => mpegFrame(free, length))), undefined],
  ])('%s', async (_name, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code);
  });

  it('frames that are all encoder delay', async () => {
    const info = infoFrame({ frames: 2, writer: 'LAME', delaySamples: 4000 });
    await expect(scanned(concatBytes(info, frames(2)))).rejects.toMatchObject({ code: 'no_audio' });
    expect((await scanned(concatBytes(info, frames(4)))).summary.totalSamples).toBe(4 * 1152 - 4529);
  });
});
