import { adts } from '../../../../lambdas/core/formats/adts/adts.ts';
import { mpegAudio } from '../../../../lambdas/core/formats/mpeg/mpeg-audio.ts';
import { type AdtsFrameSpec, adtsFrame } from '../../../support/adts-stream.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { ascii, concatBytes, id3v1Tag, id3v2Tag, junk, MpegStream } from '../../../support/mpeg-stream.ts';

function frames(count: number, spec: AdtsFrameSpec = {}): Uint8Array {
  return concatBytes(...Array.from({ length: count }, () => adtsFrame(spec)));
}

function repeated(pattern: readonly number[], byteLength: number): Uint8Array {
  return Uint8Array.from({ length: byteLength }, (_, index) => pattern[index % pattern.length] ?? 0);
}

describe('recognised', () => {
  it.each([
    ['three frames', frames(3)],
    ['three frames and junk', concatBytes(frames(3), junk(5000))],
    ['two frames that fill the file', frames(2)],
    ['one frame that fills the file', frames(1)],
    ['one frame between tags', concatBytes(id3v2Tag(100), frames(1), id3v1Tag())],
    ['a frame and a cut one', frames(2).subarray(0, 100)],
    ['MPEG-2', frames(3, { mpeg2: true })],
    ['with CRC', frames(3, { crc: true })],
    ['the longest frames', frames(4, { payloadBytes: 8184 })],
    ['eight frames behind 100 kB of junk', concatBytes(junk(100_000), frames(8))],
    ['three frames behind 100 kB of zeros', concatBytes(new Uint8Array(100_000), frames(3))],
    ['the longest frames behind junk', concatBytes(junk(131_000), frames(9, { payloadBytes: 8184 }))],
  ])('%s', async (_name, bytes) => {
    expect(await adts.open(new MemorySource(bytes))).not.toBeNull();
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
    ['ID3v2 only', id3v2Tag(500)],
    ['two frames and then something else', concatBytes(frames(2), junk(5000))],
    ['one frame and then something else', concatBytes(frames(1), junk(5000))],
    ['one cut frame', frames(1).subarray(0, 50)],
    ['three frames behind junk, before more of it', concatBytes(junk(5000), frames(3), junk(5000))],
    ['frames of changing kinds', concatBytes(frames(1), frames(1, { sampleRate: 48_000 }), frames(1), junk(500))],
    ['frames further away than is searched', concatBytes(junk(140_000), frames(50))],
    ['a reserved rate', frames(20, { sampleRate: 1 })],
    ['frames that hold nothing', frames(20, { payloadBytes: 0 })],
    // Frames of 2,048 bytes follow each other in it, as the period divides them.
    ['a table', repeated([0xff, 0xf1, 0x50, 0x81, 0x00, 0x1f, 0xfc, 0x00], 300_000)],
  ])('%s', async (_name, bytes) => {
    const source = new MemorySource(bytes);
    expect(await adts.open(source)).toBeNull();
    expect(source.reads).toBeLessThan(16);
  });

  it('the frames of the table are ours where their bodies are none', async () => {
    const bytes = frames(20, { payloadBytes: 2041 });
    expect(await adts.open(new MemorySource(bytes))).not.toBeNull();
  });

  it.each([
    ['Layer III', new MpegStream().frame({}, 300).bytes()],
    [
      'Layer III, MPEG-2.5, mono',
      new MpegStream().frame({ version: 2.5, sampleRate: 8000, channels: 1, kbps: 24 }, 300).bytes(),
    ],
    ['Layer II', new MpegStream().frame({ layer: 2 }, 300).bytes()],
    ['Layer I', new MpegStream().frame({ layer: 1 }, 300).bytes()],
  ])('MPEG audio of %s', async (_name, bytes) => {
    expect(await adts.open(new MemorySource(bytes))).toBeNull();
    expect(await mpegAudio.open(new MemorySource(bytes))).not.toBeNull();
  });

  it('and ADTS is not MPEG audio', async () => {
    const bytes = frames(2000);
    expect(await mpegAudio.open(new MemorySource(bytes))).toBeNull();
  });
});

it('ADIF is refused by name', async () => {
  const error = await adts.open(new MemorySource(concatBytes(ascii('ADIF'), junk(500)))).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'unsupported_codec', message: expect.stringContaining('ADIF') });
});
