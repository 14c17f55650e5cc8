import {
  encodings,
  matroskaFile,
  opusClusters,
  opusFrame,
  opusHead,
  opusTrack,
  type TestFile,
  text,
  uint,
  vorbisPrivate,
  vorbisTrack,
} from '../../../support/matroska-file.ts';
import { vorbisComment, vorbisIdentification } from '../../../support/vorbis-packets.ts';
import { failure } from './scanned.ts';

const plain: TestFile = { clusters: opusClusters(4, 3) };

describe('what is refused', () => {
  const withTrack = (...tracks: NonNullable<TestFile['tracks']>) => matroskaFile({ ...plain, tracks }).bytes;
  const encrypted = { id: 0x5035, body: [uint(0x47e1, 5)] };
  const stripped = { id: 0x5034, body: [uint(0x4254, 3)] };

  it.each<[string, string, Uint8Array, RegExp]>([
    ['another codec', 'unsupported_codec', withTrack(opusTrack({ codecId: 'A_AAC' })), /"A_AAC"; A_OPUS and A_VORBIS/],
    [
      'an encrypted track',
      'drm_protected',
      withTrack(opusTrack({ more: [encodings([encrypted])] })),
      /track 1 .*encrypted/,
    ],
    [
      'one that says so by type',
      'drm_protected',
      withTrack(opusTrack({ more: [encodings([uint(0x5033, 1)])] })),
      /encrypted/,
    ],
    [
      'stripped headers',
      'unsupported_codec',
      withTrack(opusTrack({ more: [encodings([stripped])] })),
      /ContentCompression/,
    ],
    ['video only', 'no_audio', withTrack(opusTrack({ type: 1, codecId: 'V_VP9' })), /1 tracks and none is audio/],
    ['no track', 'no_audio', withTrack(), /0 tracks/],
    ['a track without a number', 'no_audio', withTrack(opusTrack({ number: 0 })), /0 tracks/],
    ['no OpusHead', 'malformed_header', withTrack(opusTrack({ codecPrivate: new Uint8Array(19) })), /CodecPrivate/],
    [
      'an OpusHead of a later version',
      'malformed_header',
      withTrack(opusTrack({ codecPrivate: opusHead({ version: 16 }) })),
      /no decoder/,
    ],
    [
      'three channels without a mapping',
      'malformed_header',
      withTrack(opusTrack({ codecPrivate: opusHead({ channels: 3 }) })),
      /no decoder/,
    ],
    [
      'a cut mapping',
      'malformed_header',
      withTrack(opusTrack({ codecPrivate: opusHead({ channels: 3, family: 1 }).slice(0, -1) })),
      /no decoder/,
    ],
    ['no Vorbis headers', 'malformed_header', withTrack(vorbisTrack(opusHead())), /A_VORBIS track 1/],
    [
      'a Vorbis setup too large',
      'malformed_header',
      withTrack(vorbisTrack(vorbisPrivate([vorbisIdentification(), vorbisComment(), new Uint8Array(300_000)]))),
      /no decoder/,
    ],
    [
      'a file that ends in its tracks',
      'malformed_header',
      matroskaFile(plain).bytes.slice(0, 60),
      /no tracks before byte \d+/,
    ],
    ['no Segment', 'malformed_header', matroskaFile(plain).bytes.slice(0, 20), /no Segment follows/],
    [
      'IDs of five bytes',
      'malformed_header',
      matroskaFile({ ...plain, header: [uint(0x42f2, 5)] }).bytes,
      /longer than 4 bytes/,
    ],
    ['no cluster', 'no_audio', matroskaFile({ clusters: [] }).bytes, /not one whole block/],
    [
      'delay only',
      'no_audio',
      matroskaFile({ clusters: [{ blocks: [{ frames: [opusFrame(9, 28)] }] }] }).bytes,
      /120 samples .* delay \(312\)/,
    ],
    [
      'encrypted blocks',
      'drm_protected',
      matroskaFile({ clusters: [{ blocks: [{ frames: [opusFrame()], encrypted: true }] }] }).bytes,
      /EncryptedBlock/,
    ],
  ])('%s: %s', async (_, code, bytes, message) => {
    expect(await failure(bytes)).toMatchObject({
      name: 'CuepointError',
      code,
      message: expect.stringMatching(message),
    });
  });

  it('a track without CodecPrivate', async () => {
    const track = { id: 0xae, body: [uint(0xd7, 1), uint(0x83, 2), text(0x86, 'A_OPUS')] };
    expect(await failure(withTrack(track))).toMatchObject({ code: 'malformed_header', message: /no CodecPrivate/ });
  });
});
