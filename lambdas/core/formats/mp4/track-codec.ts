/** What the codecs' own boxes say: ALAC's magic cookie, `dfLa` (FLAC in ISOBMFF), `dOps` (Opus in ISOBMFF), AAC's `esds`. */
import { CuepointError } from '../../errors.ts';
import { MAX_HEADER_BYTES, parseFrameHeader } from '../flac/frame-header.ts';
import { flacInit, parseStreamInfo, STREAM_INFO_BYTES } from '../flac/stream-info.ts';
import { OPUS_SAMPLE_RATE, opusPacketSamples } from '../opus/toc.ts';
import { type AacConfig, parseAudioSpecificConfig, withBandReplication } from './audio-specific-config.ts';

/**
 * How many samples a packet decodes to. `timed`: as many as its duration in the file says, which lies about the last
 * packet and is rounded where the track's clock is coarse; `read` asks the first bytes of the packet itself (`null`:
 * they do not say).
 */
export type PacketLength =
  | { readonly kind: 'fixed'; readonly samples: number }
  | { readonly kind: 'timed'; readonly maxSamples: number; read(head: Uint8Array): number | null };

export type TrackCodec = {
  readonly codec: 'aac' | 'alac' | 'flac' | 'opus';
  readonly codecString: string;
  /** Hz, of what a decoder puts out. */
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample?: number;
  /** What a decoder is set up with, as FFmpeg's extradata and WebCodecs' `description` have it. */
  readonly decoderConfig: Uint8Array;
  readonly packetLength: PacketLength;
  readonly preroll: { readonly packets: number } | { readonly samples: number };
  /** Samples that the codec's own header says are not to be heard. */
  readonly preSkipSamples: number;
};

/** What a sample entry says beside its codec's box; writers often leave it at a default. */
export type EntryFields = { readonly channels: number; readonly sampleRate: number };

/** The overlap of its transform. */
const AAC_PREROLL_PACKETS = 1;
/**
 * Band replication is coded as differences to the packet before, under a header that encoders repeat twice a second or
 * so: without it a decoder gives a muffled beginning. 32 packets are 1.5 s at 44.1 kHz.
 */
const BAND_REPLICATION_PREROLL_PACKETS = 32;
/** What the prediction of SILK and CELT takes to forget; 80 ms, which RFC 7845 asks for, are heard. */
const OPUS_PREROLL_SAMPLES = 1.5 * OPUS_SAMPLE_RATE;

/** `config`: an AudioSpecificConfig. Throws as `parseAudioSpecificConfig`. */
export function aacCodec(config: Uint8Array, entry: EntryFields): TrackCodec {
  const parsed = impliedByEntry(parseAudioSpecificConfig(config), entry);
  const channels = parsed.channels || entry.channels;
  const replicated = parsed.packetSamples > 1024;
  return audible({
    codec: 'aac',
    codecString: `mp4a.40.${parsed.objectType}`,
    sampleRate: parsed.sampleRate,
    channels,
    decoderConfig: config,
    packetLength: { kind: 'fixed', samples: parsed.packetSamples },
    preroll: { packets: replicated ? BAND_REPLICATION_PREROLL_PACKETS : AAC_PREROLL_PACKETS },
    preSkipSamples: 0,
  });
}

/** HE AAC that was put into MP4 from ADTS has a config of its core only; then the sample entry tells of it by its rate. */
function impliedByEntry(config: AacConfig, entry: EntryFields): AacConfig {
  const implied = config.bandReplication === 'unsaid' && entry.sampleRate === config.coreSampleRate * 2;
  return implied ? withBandReplication(config) : config;
}

const COOKIE_BYTES = 24;
const ALAC_CONFIG_BYTES = 12 + COOKIE_BYTES;

/** `body`: of the `alac` box inside the sample entry, version and flags first. */
export function alacCodec(body: Uint8Array): TrackCodec {
  if (body.length < 4 + COOKIE_BYTES) throw cutConfig('magic cookie of ALAC', body.length);
  const cookie = body.subarray(4, 4 + COOKIE_BYTES);
  const view = new DataView(cookie.buffer, cookie.byteOffset);
  const decoderConfig = new Uint8Array(ALAC_CONFIG_BYTES);
  decoderConfig.set([0, 0, 0, ALAC_CONFIG_BYTES, 0x61, 0x6c, 0x61, 0x63]);
  decoderConfig.set(cookie, 12);
  const packetSamples = view.getUint32(0);
  return audible({
    codec: 'alac',
    codecString: 'alac',
    sampleRate: view.getUint32(20),
    channels: view.getUint8(9),
    bitsPerSample: view.getUint8(5),
    decoderConfig,
    packetLength: { kind: 'timed', maxSamples: packetSamples, read: (head) => alacSamples(head, packetSamples) },
    preroll: { packets: 0 },
    preSkipSamples: 0,
  });
}

/** The header of a packet's first element: 23 bits, of which the 20th says that a number of samples follows. */
function alacSamples(head: Uint8Array, packetSamples: number): number | null {
  const [, , b2, b3, b4, b5, b6] = head;
  if (b2 === undefined) return null;
  if ((b2 & 0x10) === 0) return packetSamples;
  if (b3 === undefined || b4 === undefined || b5 === undefined || b6 === undefined) return null;
  const samples = (b2 & 1) * 2 ** 31 + b3 * 2 ** 23 + (b4 << 15) + (b5 << 7) + (b6 >> 1);
  return samples <= packetSamples ? samples : null;
}

const MAX_FLAC_BLOCK_SAMPLES = 65535;

/** `body`: of the `dfLa` box, version and flags first; STREAMINFO must come first in it. */
export function flacCodec(body: Uint8Array): TrackCodec {
  const streamInfoAt = 4 + 4;
  if (body.length < streamInfoAt + STREAM_INFO_BYTES || ((body[4] ?? 0) & 0x7f) !== 0) {
    throw cutConfig('dfLa box of FLAC', body.length);
  }
  const streamInfo = parseStreamInfo(body.subarray(streamInfoAt));
  const { sampleRate, channels, bitsPerSample } = streamInfo;
  return audible({
    codec: 'flac',
    codecString: 'flac',
    sampleRate,
    channels,
    bitsPerSample,
    decoderConfig: flacInit(streamInfo),
    packetLength: {
      kind: 'timed',
      maxSamples: MAX_FLAC_BLOCK_SAMPLES,
      read: (head) => parseFrameHeader(head, 0, streamInfo)?.samples ?? null,
    },
    preroll: { packets: 0 },
    preSkipSamples: 0,
  });
}

const DOPS_BYTES = 11;
const OPUS_HEAD_BYTES = 19;
const MAX_OPUS_PACKET_SAMPLES = 0.12 * OPUS_SAMPLE_RATE;

/** `body`: of the `dOps` box, which holds what an OpusHead (RFC 7845, section 5.1) does, but big-endian. */
export function opusCodec(body: Uint8Array): TrackCodec {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const channels = body[1] ?? 0;
  const mapped = (body[10] ?? 0) !== 0;
  const mappingBytes = mapped ? 2 + channels : 0;
  if (body.length < DOPS_BYTES + mappingBytes) throw cutConfig('dOps box of Opus', body.length);
  const decoderConfig = new Uint8Array(OPUS_HEAD_BYTES + mappingBytes);
  decoderConfig.set(new TextEncoder().encode('OpusHead'));
  const head = new DataView(decoderConfig.buffer);
  head.setUint8(8, 1);
  head.setUint8(9, channels);
  head.setUint16(10, view.getUint16(2), true);
  head.setUint32(12, view.getUint32(4), true);
  head.setInt16(16, view.getInt16(8), true);
  decoderConfig.set(body.subarray(10, DOPS_BYTES + mappingBytes), 18);
  return audible({
    codec: 'opus',
    codecString: 'opus',
    sampleRate: OPUS_SAMPLE_RATE,
    channels,
    decoderConfig,
    packetLength: {
      kind: 'timed',
      maxSamples: MAX_OPUS_PACKET_SAMPLES,
      read: (head) => opusPacketSamples(head, 0, head.length),
    },
    preroll: { samples: OPUS_PREROLL_SAMPLES },
    preSkipSamples: view.getUint16(2),
  });
}

/** As many bytes of a packet as any `read` looks at. */
export const PACKET_HEAD_BYTES = MAX_HEADER_BYTES;

function audible(codec: TrackCodec): TrackCodec {
  const { sampleRate, channels } = codec;
  if (sampleRate > 0 && channels > 0) return codec;
  throw new CuepointError(
    'malformed_header',
    `the MP4's ${codec.codec} track states ${sampleRate} Hz and ${channels} channels; export the file again`,
  );
}

function cutConfig(name: string, byteLength: number): CuepointError {
  return new CuepointError(
    'malformed_header',
    `the MP4's ${name} is cut after ${byteLength} bytes, so its audio cannot be decoded; upload the whole file`,
  );
}
