import fc from 'fast-check';
import { asf, openAsf } from '../../../../lambdas/core/formats/asf/asf.ts';
import { parseDataPacket } from '../../../../lambdas/core/formats/asf/data-packet.ts';
import { readAsfHeader } from '../../../../lambdas/core/formats/asf/header-object.ts';
import { ObjectAssembly } from '../../../../lambdas/core/formats/asf/media-objects.ts';
import {
  type AsfOptions,
  asfFile,
  asfObject,
  extendedStreamProperties,
  GUIDS,
  type PayloadLayout,
  streamProperties,
} from '../../../support/asf-file.ts';
import { MemorySource } from '../../../support/memory-source.ts';
import { type Behaviour, FRAME_SAMPLES, OverlappingDecoder } from './overlapping-decoder.ts';
import { BLOCK_ALIGN, codesOf, objectsOf, scanned } from './scanned.ts';

const LEAD_IN = 2 * FRAME_SAMPLES;
const sixty = { objects: objectsOf(60) };

/** What a demuxer and a fresh decoder make of a file, one number a frame. */
async function decoded(bytes: Uint8Array, behaviour: Behaviour): Promise<number[]> {
  const { dataStartByte, packetByteLength, audioStreams } = await readAsfHeader(new MemorySource(bytes), 0);
  const assembly = new ObjectAssembly(undefined, BLOCK_ALIGN);
  const config = { codec: 'wmav2', sampleRate: 8000, channels: 2, extradata: new Uint8Array(0) };
  const decoder = await new OverlappingDecoder(behaviour).open({ ...config, blockAlign: BLOCK_ALIGN });
  const frames: number[] = [];
  for (let at = dataStartByte; at + packetByteLength <= bytes.length; at += packetByteLength) {
    for (const payload of parseDataPacket(bytes, at, at + packetByteLength, audioStreams[0]?.number ?? 0) ?? []) {
      const object = assembly.accept(payload, at);
      if (object === null) continue;
      for (const audio of await decoder.decode(object.bytes)) frames.push(audio.interleaved()[0] ?? Number.NaN);
    }
  }
  for (const audio of await decoder.flush()) frames.push(audio.interleaved()[0] ?? Number.NaN);
  return frames;
}

/** Every packet decoded alone: init, preroll and its bytes, trimmed as the scan says; and the whole. */
async function decodedAlone(
  bytes: Uint8Array,
  behaviour: Behaviour,
): Promise<{ alone: number[]; whole: number[]; packets: number }> {
  const { packets, init, summary } = await scanned(bytes, { behaviour });
  const alone: number[] = [];
  for (const [i, { startByte, samples, prerollBytes = 0, prerollSamples = 0 }] of packets.entries()) {
    const fromByte = startByte - prerollBytes;
    const endByte = packets[i + 1]?.startByte ?? summary.audioEndByte;
    const frames = await decoded(Uint8Array.from([...init, ...bytes.subarray(fromByte, endByte)]), behaviour);
    const skipped = prerollSamples / FRAME_SAMPLES;
    alone.push(...frames.slice(skipped, skipped + samples / FRAME_SAMPLES));
  }
  return { alone, whole: await decoded(bytes, behaviour), packets: packets.length };
}

describe('an intact file', () => {
  it.each<[string, AsfOptions, number]>([
    ['whole objects', { ...sixty, layout: 'whole' }, 61],
    ['objects split wherever a packet ends', { ...sixty, layout: 'filled' }, 61],
    ['one payload a packet', { ...sixty, layout: 'single' }, 61],
    ['several objects in a payload', { ...sixty, layout: 'compressed' }, 61],
    ['objects of several packets', { objects: objectsOf(20, 9), packetByteLength: 120 }, 181],
    ['several frames in each', { objects: objectsOf(20, 2, 3) }, 121],
    ['no error correction', { ...sixty, unmarked: true }, 61],
    ['a broadcast', { ...sixty, broadcast: true }, 61],
    ['a broadcast with an index', { ...sixty, broadcast: true, trailer: simpleIndex(40) }, 61],
    ['an index', { ...sixty, trailer: simpleIndex(4000) }, 61],
  ])('%s: what the decoder puts out is counted', async (_, options, frames) => {
    const file = asfFile(options);
    const scan = await scanned(file.bytes);
    const { packets, summary, format } = scan;
    expect(packets.reduce((sum, { samples }) => sum + samples, 0)).toBe(frames * FRAME_SAMPLES);
    expect(packets.length).toBeGreaterThan(0);
    expect(packets[0]).toMatchObject({ startByte: file.dataStartByte, prerollPackets: 0, prerollSamples: 0 });
    expect(summary).toMatchObject({
      leadInSamples: LEAD_IN,
      totalSamples: frames * FRAME_SAMPLES - LEAD_IN,
      audioStartByte: file.dataStartByte,
      audioEndByte: file.dataStartByte + file.packetCount * file.packetByteLength,
    });
    expect(codesOf(scan)).toEqual([]);
    const names = { container: 'asf', codec: 'wmav2', mimeType: 'audio/x-ms-wma', extension: 'wma' };
    expect(format).toEqual({ ...names, sampleRate: 8000, channels: 2 });
  });

  it.each<[string, PayloadLayout, Behaviour]>([
    ['with overlap', 'whole', {}],
    ['with objects that span packets', 'filled', {}],
    ['where the decoder keeps back its first frame', 'filled', { skipsFirst: true }],
    ['with noise of two frames', 'whole', { noisePeriodFrames: 2 }],
    ['with noise of eight frames', 'filled', { noisePeriodFrames: 8 }],
    ['with noise and a frame kept back', 'filled', { noisePeriodFrames: 8, skipsFirst: true }],
  ])('decodes packet by packet as in the whole, %s', async (_, layout, behaviour) => {
    const { alone, whole, packets } = await decodedAlone(asfFile({ objects: objectsOf(600), layout }).bytes, behaviour);
    expect(packets).toBeGreaterThan(8);
    expect(alone).toEqual(whole);
  });

  it('says where no preroll is enough', async () => {
    const { bytes } = asfFile({ objects: objectsOf(400), layout: 'whole', packetByteLength: 120 });
    const scan = await scanned(bytes, { behaviour: { noisePeriodFrames: 100_003 } });
    expect(codesOf(scan)).toEqual(['inexact_chunks']);
    expect(scan.packets.every(({ prerollPackets }, i) => i === 0 || prerollPackets > 0)).toBe(true);
  });

  it('does not decode for ever in search of a preroll', async () => {
    const decoder = new OverlappingDecoder({ noisePeriodFrames: 100_003 });
    const scan = await openAsf(new MemorySource(asfFile({ objects: objectsOf(800) }).bytes), { decoder });
    const batches = scan?.packets();
    while ((await batches?.next())?.done === false);
    expect(decoder.decodedObjects).toBeLessThan(800 * 9 + 5000);
  });

  it('gives the same answer whatever the blocks it is read in', async () => {
    const layout = fc.constantFrom<PayloadLayout>('whole', 'filled', 'single', 'compressed');
    const count = fc.integer({ min: 3, max: 20 });
    await fc.assert(
      fc.asyncProperty(layout, count, fc.integer({ min: 1, max: 99 }), async (layout, count, blockBytes) => {
        const { bytes } = asfFile({ objects: objectsOf(count), layout });
        expect(await scanned(bytes, { blockBytes })).toEqual(await scanned(bytes));
      }),
      { numRuns: 30 },
    );
  });

  it('gives what was spread back in order', async () => {
    const [span, packetBytes, chunkBytes] = [2, 20, 5];
    const assembly = new ObjectAssembly(
      { span, packetByteLength: packetBytes, chunkByteLength: chunkBytes },
      BLOCK_ALIGN,
    );
    // Rows of two chunks, stored column by column.
    const spread = Uint8Array.from([0, 2, 4, 6, 1, 3, 5, 7].flatMap((chunk) => new Array(chunkBytes).fill(chunk)));
    const payload = { objectNumber: 0, objectOffset: 0, objectByteLength: spread.length, bytes: spread };
    expect(assembly.accept(payload, 0)?.bytes).toEqual(Uint8Array.from(spread).sort());
  });
});

describe('streams', () => {
  it('beside the first of audio are passed over', async () => {
    const mixed = objectsOf(60).flatMap(({ bytes }) => [
      { bytes, stream: 2 },
      { bytes: new Uint8Array(70), stream: 1 },
    ]);
    const streams = [streamProperties({ number: 1, video: true }), streamProperties({ number: 2 })];
    const scan = await scanned(asfFile({ objects: mixed, streams }).bytes);
    expect(scan.summary.totalSamples).toBe(59 * FRAME_SAMPLES);
    expect(codesOf(scan)).toEqual(['several_tracks']);
  });

  it.each<[number, string, number, number | undefined]>([
    [0x160, 'wmav1', LEAD_IN, undefined],
    [0x161, 'wmav2', LEAD_IN, undefined],
    [0x162, 'wmapro', 0, undefined],
    [0x163, 'wmalossless', 0, 24],
  ])('of format 0x%s are %s', async (formatTag, codec, leadInSamples, bitsPerSample) => {
    const scan = await scanned(asfFile({ ...sixty, waveFormat: { formatTag, bitsPerSample: 24 } }).bytes);
    expect(scan.format.codec).toBe(codec);
    expect(scan.format.bitsPerSample).toBe(bitsPerSample);
    expect(scan.summary.leadInSamples).toBe(leadInSamples);
  });

  it.each<[number, number, number]>([
    [0x161, 16000, 1024],
    [0x161, 22050, 2048],
    [0x160, 32000, 2048],
    [0x161, 32000, 4096],
    [0x160, 44100, 4096],
  ])('of format %i at %i Hz begin %i samples early', async (formatTag, sampleRate, leadInSamples) => {
    const scan = await scanned(asfFile({ ...sixty, waveFormat: { formatTag, sampleRate } }).bytes);
    expect(scan.summary.leadInSamples).toBe(leadInSamples);
  });

  it('that are declared in the header extension only are found', async () => {
    const extensionObjects = [extendedStreamProperties(streamProperties({ number: 1 }))];
    const scan = await scanned(asfFile({ ...sixty, streams: [], extensionObjects }).bytes);
    expect(scan.summary.totalSamples).toBe(59 * FRAME_SAMPLES);
  });
});

describe('what decoders are given first', () => {
  it('is a header of the one stream, of a file of unknown length', async () => {
    const tags = asfObject(GUIDS.contentDescription, new Array(5000).fill(1));
    const streams = [streamProperties({ number: 1, video: true }), streamProperties({ number: 2 })];
    const { init } = await scanned(
      asfFile({ objects: objectsOf(60).map((o) => ({ ...o, stream: 2 })), streams, headerObjects: [tags] }).bytes,
    );
    expect(init.length).toBeLessThan(500);
    expect(await readAsfHeader(new MemorySource(init), 0)).toMatchObject({
      packetByteLength: 400,
      declaredPackets: undefined,
      dataEndByte: undefined,
      dataStartByte: init.length,
      streamCount: 1,
      audioStreams: [{ number: 2 }],
    });
  });
});

function simpleIndex(byteLength: number): Uint8Array {
  return asfObject(GUIDS.simpleIndex, new Array(byteLength).fill(0));
}

describe('what is not ASF, or is not served', () => {
  it.each([
    ['another signature', Uint8Array.of(0x4f, 0x67, 0x67, 0x53, 0, 0, 0, 0)],
    ['half a signature', asfFile(sixty).bytes.slice(0, 8)],
    ['nothing', new Uint8Array(0)],
  ])('%s: null', async (_, bytes) => {
    expect(await asf.open(new MemorySource(bytes))).toBeNull();
  });

  const head = asfFile(sixty);
  const manyObjects = new Array(1001).fill(asfObject(GUIDS.contentDescription, []));
  it.each<[string, Uint8Array, string, RegExp]>([
    ['the signature alone', head.bytes.slice(0, 16), 'malformed_header', /cut/],
    ['a cut header', head.bytes.slice(0, 200), 'malformed_header', /ends at byte 200/],
    ['no data object', head.bytes.slice(0, head.dataStartByte - 50), 'malformed_header', /no data object/],
    ['packets of 3 bytes', asfFile({ objects: [], packetByteLength: 3 }).bytes, 'malformed_header', /3 bytes/],
    ['a header without end', asfFile({ ...sixty, headerObjects: manyObjects }).bytes, 'malformed_header', /1000/],
    ['no stream', asfFile({ ...sixty, streams: [] }).bytes, 'no_audio', /no audio stream/],
    ['video only', asfFile({ ...sixty, streams: [streamProperties({ video: true })] }).bytes, 'no_audio', /no audio/],
    ['no data packet', head.bytes.slice(0, head.dataStartByte), 'no_audio', /could be decoded/],
    ['voice', asfFile({ ...sixty, waveFormat: { formatTag: 0x0a } }).bytes, 'unsupported_codec', /Voice/],
    ['MP3', asfFile({ ...sixty, waveFormat: { formatTag: 0x55 } }).bytes, 'unsupported_codec', /MP3/],
    ['who knows what', asfFile({ ...sixty, waveFormat: { formatTag: 0x4711 } }).bytes, 'unsupported_codec', /0x4711/],
    ['0 channels', asfFile({ ...sixty, waveFormat: { channels: 0 } }).bytes, 'malformed_header', /0 channels/],
    ['no block size', asfFile({ ...sixty, waveFormat: { blockAlign: 0 } }).bytes, 'malformed_header', /0 bytes/],
    [
      'an encrypted stream',
      asfFile({ ...sixty, streams: [streamProperties({ encrypted: true })] }).bytes,
      'drm_protected',
      /DRM/,
    ],
    [
      'an encrypted file',
      asfFile({ ...sixty, headerObjects: [asfObject(GUIDS.contentEncryption, [0])] }).bytes,
      'drm_protected',
      /DRM/,
    ],
    [
      'another one',
      asfFile({ ...sixty, headerObjects: [asfObject(GUIDS.extendedContentEncryption, [0])] }).bytes,
      'drm_protected',
      /DRM/,
    ],
    [
      'a third one',
      asfFile({ ...sixty, extensionObjects: [asfObject(GUIDS.advancedContentEncryption, [0])] }).bytes,
      'drm_protected',
      /DRM/,
    ],
  ])('%s: refused in words', async (_, bytes, code, message) => {
    await expect(scanned(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('without a decoder it says what to install', async () => {
    const opened = asf.open(new MemorySource(asfFile(sixty).bytes));
    await expect(opened).rejects.toMatchObject({ code: 'decoder_missing', message: expect.stringMatching(/node-av/) });
  });
});
