import type { Waveform } from '../../../lambdas/core/waveform/waveform.ts';
import { waveformDat, waveformDatByteLength } from '../../../lambdas/core/waveform/waveform-dat.ts';
import { waveformJson } from '../../../lambdas/core/waveform/waveform-json.ts';
import { waveformSvg } from '../../../lambdas/core/waveform/waveform-svg.ts';

const mono: Waveform = {
  sampleRate: 44_100,
  samplesPerPixel: 512,
  channels: 1,
  length: 2,
  data: Int16Array.of(-32_768, 32_767, -255, 256),
};
const stereo: Waveform = {
  sampleRate: 48_000,
  samplesPerPixel: 256,
  channels: 2,
  length: 3,
  data: Int16Array.of(
    -16_640,
    16_128,
    -16_896,
    16_384,
    -10_240,
    10_496,
    -9984,
    11_520,
    -14_080,
    11_008,
    -14_080,
    11_264,
  ),
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('.dat', () => {
  it('version 1, 16 bits: 20 bytes of header, then pairs', () => {
    const header = '01000000' + '00000000' + '44ac0000' + '00020000' + '02000000';
    expect(hex(waveformDat(mono, 16))).toBe(`${header}0080ff7f01ff0001`);
  });

  it('version 1, 8 bits: flagged, and a 256th, towards zero', () => {
    const header = '01000000' + '01000000' + '44ac0000' + '00020000' + '02000000';
    expect(hex(waveformDat(mono, 8))).toBe(`${header}807f0001`);
  });

  it('version 2: the channels are in the header, and lie side by side', () => {
    const header = '02000000' + '01000000' + '80bb0000' + '00010000' + '03000000' + '02000000';
    expect(hex(waveformDat(stereo, 8))).toBe(`${header}bf3fbe40d829d92dc92bc92c`);
    expect(hex(waveformDat(mono, 16, 2))).toBe(
      `${'02000000' + '00000000' + '44ac0000' + '00020000' + '02000000' + '01000000'}0080ff7f01ff0001`,
    );
  });

  it('its length is known before it is made', () => {
    for (const bits of [8, 16] as const) {
      expect(waveformDat(stereo, bits).length).toBe(waveformDatByteLength(3, 2, bits, 2));
      expect(waveformDat(mono, bits).length).toBe(waveformDatByteLength(2, 1, bits, 1));
    }
  });

  it('version 1 holds no two channels', () => {
    expect(() => waveformDat(stereo, 8, 1)).toThrow(RangeError);
  });
});

describe('.json', () => {
  it('version 2 has the members of the specification in its order', () => {
    expect(waveformJson(stereo, 8)).toBe(
      '{"version":2,"channels":2,"sample_rate":48000,"samples_per_pixel":256,"bits":8,"length":3,' +
        '"data":[-65,63,-66,64,-40,41,-39,45,-55,43,-55,44]}',
    );
    expect(JSON.parse(waveformJson(mono, 16))).toMatchObject({
      version: 2,
      channels: 1,
      bits: 16,
      data: [...mono.data],
    });
  });

  it('version 1 has no channels', () => {
    expect(waveformJson(mono, 8, 1)).toBe(
      '{"version":1,"sample_rate":44100,"samples_per_pixel":512,"bits":8,"length":2,"data":[-128,127,0,1]}',
    );
    expect(() => waveformJson(stereo, 8, 1)).toThrow(RangeError);
  });

  it('has no minus zero', () => {
    expect(waveformJson({ ...mono, data: Int16Array.of(-1, 0, -200, 0) }, 8)).toContain('"data":[0,0,0,0]');
  });
});

describe('.svg', () => {
  it('is one shape in the colour of the text, with a name', () => {
    const svg = waveformSvg(mono, 'Waveform of "A & B" <1>');
    expect(svg).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 64" preserveAspectRatio="none" role="img" ' +
        'aria-label="Waveform of &quot;A &amp; B&quot; &lt;1&gt;"><title>Waveform of &quot;A &amp; B&quot; &lt;1&gt;</title>' +
        '<path fill="currentColor" d="M0 32V0h1V31h1V33h-1V64h-1Z"/></svg>',
    );
  });

  it('has a line for silence, and a row a channel', () => {
    const silence: Waveform = { ...stereo, length: 1, data: new Int16Array(4) };
    expect(waveformSvg(silence, '')).toContain('d="M0 32V32h1V33h-1ZM0 96V96h1V97h-1Z"');
    expect(waveformSvg(silence, '')).toContain('viewBox="0 0 1 128"');
  });

  it('is small, and leaves out what XML cannot hold', () => {
    const long: Waveform = {
      ...mono,
      length: 2000,
      data: Int16Array.from({ length: 4000 }, (_, i) => (i % 2 ? i * 8 : -i * 8)),
    };
    expect(waveformSvg(long, 'x').length).toBeLessThan(30_000);
    expect(waveformSvg(mono, 'a\u0000b\uFFFFc\u{1F3B5}')).toContain('<title>abc\u{1F3B5}</title>');
    expect(waveformSvg({ ...mono, length: 0, data: new Int16Array(0) }, 'empty')).toContain('d=""');
  });
});
