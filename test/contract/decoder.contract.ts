import type { DecodedAudio, Decoder, DecoderConfig } from '../../lambdas/core/ports.ts';
import { noise } from '../support/audio-fixtures.ts';
import { alacCodecFrame, type CodecFrame, flacCodecFrame, floatFrame, pcmFrame } from './codec-frames.ts';

const FRAMES: Readonly<Record<string, CodecFrame>> = {
  'PCM, 8 bits': pcmFrame('pcm_u8', { channels: 2, samples: 100, bits: 8 }),
  'PCM, 16 bits': pcmFrame('pcm_s16le', { channels: 2, samples: 100, bits: 16 }),
  'PCM, 24 bits, one channel': pcmFrame('pcm_s24le', { channels: 1, samples: 99, bits: 24 }),
  'PCM, 32 bits': pcmFrame('pcm_s32le', { channels: 2, samples: 100, bits: 32 }),
  'PCM, 16 bits, 12 planes': pcmFrame('pcm_s16le_planar', { channels: 12, samples: 50, bits: 16 }, true),
  'PCM, floats': floatFrame(32),
  'PCM, doubles': floatFrame(64),
  'FLAC, 16 bits': flacCodecFrame({ channels: 2, samples: 576, bits: 16 }),
  'FLAC, 24 bits, 6 channels': flacCodecFrame({ channels: 6, samples: 300, bits: 24 }),
  'ALAC, 16 bits': alacCodecFrame({ channels: 2, samples: 400, bits: 16 }),
  'ALAC, 20 bits': alacCodecFrame({ channels: 2, samples: 64, bits: 20 }),
  'ALAC, 24 bits, one channel': alacCodecFrame({ channels: 1, samples: 400, bits: 24 }),
};

const FLAC = flacCodecFrame({ channels: 2, samples: 576, bits: 16 });

/** `OpusHead` (RFC 7845, section 5.1) with a pre-skip of 312 samples. */
const OPUS: DecoderConfig = {
  codec: 'opus',
  sampleRate: 48_000,
  channels: 2,
  extradata: Uint8Array.of(0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64, 1, 2, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0),
};

const REFUSED: Readonly<Record<string, DecoderConfig>> = {
  'a name that is none': { ...FLAC.config, codec: 'no-such-codec' },
  'no name': { ...FLAC.config, codec: '' },
  'a codec of pictures': { ...FLAC.config, codec: 'h264' },
  'WMA without the length of its blocks': { ...FLAC.config, codec: 'wmav2', extradata: new Uint8Array(0) },
  'ALAC without its cookie': { ...FLAC.config, codec: 'alac', extradata: new Uint8Array(0) },
  'negative channels': { ...FLAC.config, channels: -2 },
  'a million channels': { ...FLAC.config, codec: 'pcm_s16le', channels: 1_000_000 },
  'a bitrate that is no number': { ...FLAC.config, bitRate: Number.NaN },
};

const samplesOf = (decoded: readonly DecodedAudio[]): number => decoded.reduce((sum, { samples }) => sum + samples, 0);

/**
 * What every Decoder keeps. Where this machine has no native code (`runsHere`), the suite is skipped, which its name is
 * to say.
 */
export function decoderContract(name: string, runsHere: boolean, load: () => Promise<Decoder | undefined>): void {
  (runsHere ? describe : describe.skip)(`Decoder contract: ${name}`, () => {
    let decoder: Decoder;
    beforeAll(async () => {
      const loaded = await load();
      if (loaded === undefined) throw new Error('the decoder should run here, but does not load');
      decoder = loaded;
    });

    describe.each(Object.keys(FRAMES))('%s', (key) => {
      const { config, frame, samples } = FRAMES[key] ?? FLAC;

      it('decodes to the very samples', async () => {
        const opened = await decoder.open(config);
        const decoded = [...(await opened.decode(frame))];
        const interleaved = decoded.map((audio) => audio.interleaved());
        expect(decoded.map((audio) => [audio.samples, audio.channels, audio.sampleRate])).toEqual([
          [samples.length / config.channels, config.channels, config.sampleRate],
        ]);
        expect(interleaved).toEqual([samples]);
        expect([await opened.flush(), opened.failedFrames]).toEqual([[], 0]);
        opened.close();
      });

      it('decodes a frame that lies anywhere in its buffer', async () => {
        const opened = await decoder.open(config);
        for (const offset of [1, 3]) {
          const held = new Uint8Array(frame.length + 8).fill(0xff);
          held.set(frame, offset);
          const [audio] = await opened.decode(held.subarray(offset, offset + frame.length));
          expect(audio?.interleaved()).toEqual(samples);
        }
        opened.close();
      });
    });

    it('gives each frame its own samples, which stay when the next is decoded', async () => {
      const opened = await decoder.open(FLAC.config);
      const copies = [];
      for (let i = 0; i < 3; i++) copies.push((await opened.decode(FLAC.frame))[0]?.interleaved());
      expect(copies).toEqual([FLAC.samples, FLAC.samples, FLAC.samples]);
      opened.close();
    });

    it('takes the frame as it is at the call, and leaves it alone', async () => {
      const opened = await decoder.open(FLAC.config);
      const frame = FLAC.frame.slice();
      const [audio] = await opened.decode(frame);
      expect(frame).toEqual(FLAC.frame);
      frame.fill(0);
      expect(audio?.interleaved()).toEqual(FLAC.samples);
      opened.close();
    });

    it('trims nothing: the pre-skip of Opus is decoded like all else', async () => {
      const opened = await decoder.open(OPUS);
      let samples = 0;
      // CELT, 20 ms, stereo, one frame of no bytes: a pause.
      for (let i = 0; i < 10; i++) samples += samplesOf(await opened.decode(Uint8Array.of(0xfc)));
      samples += samplesOf(await opened.flush());
      expect(samples).toBe(9600);
      opened.close();
    });

    it.each(['flac', 'alac', 'mp3', 'aac', 'vorbis', 'wavpack', 'opus'])(
      'counts garbage and goes on: %s',
      async (codec) => {
        const known: Readonly<Record<string, DecoderConfig>> = {
          flac: FLAC.config,
          alac: FRAMES['ALAC, 16 bits']?.config ?? FLAC.config,
          opus: OPUS,
          // AudioSpecificConfig: AAC-LC, 44.1 kHz, stereo.
          aac: { ...FLAC.config, codec, extradata: Uint8Array.of(0x12, 0x10) },
        };
        const config = known[codec] ?? { codec, sampleRate: 44_100, channels: 2, extradata: new Uint8Array(0) };
        if (codec === 'vorbis')
          return expect(decoder.open(config)).rejects.toMatchObject({ code: 'unsupported_codec' });
        const opened = await decoder.open(config);
        for (let seed = 1; seed <= 50; seed++) await opened.decode(noise(seed * 13, seed));
        expect(opened.failedFrames).toBeGreaterThan(0);
        expect(opened.failedFrames).toBeLessThanOrEqual(50);
        await opened.flush();
        opened.close();
      },
    );

    it('decodes what comes after garbage, after an empty frame too', async () => {
      const opened = await decoder.open(FLAC.config);
      expect(await opened.decode(noise(500))).toEqual([]);
      expect(await opened.decode(new Uint8Array(0))).toEqual([]);
      expect(opened.failedFrames).toBe(2);
      const [audio] = await opened.decode(FLAC.frame);
      expect(audio?.interleaved()).toEqual(FLAC.samples);
      expect(opened.failedFrames).toBe(2);
      opened.close();
    });

    it.each(Object.keys(REFUSED))('refuses %s', async (key) => {
      const config = REFUSED[key] ?? FLAC.config;
      await expect(decoder.open(config)).rejects.toMatchObject({ name: 'CuepointError', code: 'unsupported_codec' });
    });

    it('closes once, twice, at once, after a flush; and then decodes no more', async () => {
      const opened = await decoder.open(FLAC.config);
      opened.close();
      opened.close();
      await expect(opened.decode(FLAC.frame)).rejects.toThrow('closed');
      await expect(opened.flush()).rejects.toThrow('closed');
      const flushed = await decoder.open(FLAC.config);
      await flushed.flush();
      flushed.close();
      flushed.close();
    });

    it('keeps streams apart', async () => {
      const other = flacCodecFrame({ channels: 1, samples: 64, bits: 24 });
      const [first, second] = [await decoder.open(FLAC.config), await decoder.open(other.config)];
      const [[one], [two]] = await Promise.all([first.decode(FLAC.frame), second.decode(other.frame)]);
      expect([one?.interleaved(), two?.interleaved()]).toEqual([FLAC.samples, other.samples]);
      first.close();
      expect((await second.decode(other.frame))[0]?.interleaved()).toEqual(other.samples);
      second.close();
    });

    it('lets others have their turn', async () => {
      const opened = await decoder.open(FLAC.config);
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const endMs = performance.now() + 200;
      while (performance.now() < endMs) await opened.decode(FLAC.frame);
      clearInterval(timer);
      opened.close();
      expect(turns).toBeGreaterThan(4);
    });

    it('gives all memory back', async () => {
      const configs = [FLAC.config, OPUS, REFUSED['WMA without the length of its blocks'] ?? FLAC.config];
      const openAndClose = async (times: number): Promise<void> => {
        for (let i = 0; i < times; i++) {
          const opened = await decoder.open(configs[i % configs.length] ?? FLAC.config).catch(() => undefined);
          await opened?.decode(FLAC.frame);
          opened?.close();
        }
      };
      const residentBytes: number[] = [];
      for (let batch = 0; batch < 5; batch++) {
        await openAndClose(2000);
        residentBytes.push(process.memoryUsage.rss());
      }
      // The heap may still be settling in one batch or another; a leak grows in every one.
      const growths = residentBytes.slice(1).map((bytes, i) => bytes - (residentBytes[i] ?? 0));
      expect(Math.min(...growths)).toBeLessThan(2 ** 21);
    });
  });
}
