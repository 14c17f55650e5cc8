/** ASF files packet by packet, as muxers write them and as they get them wrong. */

export type AsfObject = { readonly bytes: Uint8Array; readonly stream?: number };

/** `whole`: objects are not split; `filled`: split wherever a packet ends; `single`: one piece a packet. */
export type PayloadLayout = 'whole' | 'filled' | 'single' | 'compressed';

export type AsfOptions = {
  readonly objects: readonly AsfObject[];
  readonly layout?: PayloadLayout;
  readonly packetByteLength?: number;
  /** Without error correction data a packet begins with nothing that it could be found by. */
  readonly unmarked?: boolean;
  /** The Stream Properties Objects; one of audio as `waveFormat` says when absent. */
  readonly streams?: readonly Uint8Array[];
  readonly waveFormat?: WaveFormatOptions;
  /** Further objects of the header, and of its extension. */
  readonly headerObjects?: readonly Uint8Array[];
  readonly extensionObjects?: readonly Uint8Array[];
  readonly broadcast?: boolean;
  readonly declaredPackets?: number;
  /** What the data object says instead of its length. */
  readonly declaredDataByteLength?: number;
  /** What follows the data object. */
  readonly trailer?: Uint8Array;
};

export type AsfFile = {
  readonly bytes: Uint8Array;
  readonly dataStartByte: number;
  readonly packetByteLength: number;
  readonly packetCount: number;
};

export type WaveFormatOptions = {
  readonly formatTag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bytesPerSecond?: number;
  readonly blockAlign?: number;
  readonly bitsPerSample?: number;
  readonly extradata?: readonly number[];
};

export const GUIDS = {
  header: '75b22630-668e-11cf-a6d9-00aa0062ce6c',
  data: '75b22636-668e-11cf-a6d9-00aa0062ce6c',
  simpleIndex: '33000890-e5b1-11cf-89f4-00a0c90349cb',
  fileProperties: '8cabdca1-a947-11cf-8ee4-00c00c205365',
  streamProperties: 'b7dc0791-a9b7-11cf-8ee6-00c00c205365',
  headerExtension: '5fbf03b5-a92e-11cf-8ee3-00c00c205365',
  extensionReserved: 'abd3d211-a9ba-11cf-8ee6-00c00c205365',
  extendedStreamProperties: '14e6a5cb-c672-4332-8399-a96952065b5a',
  contentEncryption: '2211b3fb-bd23-11d2-b4b7-00a0c955fc6e',
  extendedContentEncryption: '298ae614-2622-4c17-b935-dae07ee9289c',
  advancedContentEncryption: '43058533-6981-49e6-9b74-ad12cb86d58c',
  contentDescription: '75b22633-668e-11cf-a6d9-00aa0062ce6c',
  audioMedia: 'f8699e40-5b4d-11cf-a8fd-00805f5c442b',
  videoMedia: 'bc19efc0-5b4d-11cf-a8fd-00805f5c442b',
  audioSpread: 'bfc3cd50-618f-11cf-8bb2-00aa00b4e220',
  noCorrection: '20fb5700-5b55-11cf-a8fd-00805f5c442b',
} as const;

const FILE_ID = '00112233-4455-6677-8899-aabbccddeeff';

export function asfFile(options: AsfOptions): AsfFile {
  const { packetByteLength = 400, objects, layout = 'filled', broadcast = false, trailer = [] } = options;
  const packets = new PacketWriter(packetByteLength, options.unmarked ?? false);
  for (const [number, object] of objects.entries()) writeObject(packets, layout, number, object);
  packets.close();
  const packetCount = packets.bytes.length / packetByteLength;
  const streams = options.streams ?? [streamProperties({ waveFormat: options.waveFormat ?? {} })];
  const extension = (options.extensionObjects ?? []).flatMap((bytes) => Array.from(bytes));
  const headerObjects = [
    fileProperties(packetByteLength, packetCount, broadcast),
    ...streams,
    asfObject(GUIDS.headerExtension, [
      ...guid(GUIDS.extensionReserved),
      ...little(6, 2),
      ...little(extension.length, 4),
      ...extension,
    ]),
    ...(options.headerObjects ?? []),
  ];
  const body = headerObjects.flatMap((bytes) => Array.from(bytes));
  const header = asfObject(GUIDS.header, [...little(headerObjects.length, 4), 1, 2, ...body]);
  const dataByteLength = options.declaredDataByteLength ?? (broadcast ? 50 : 50 + packets.bytes.length);
  const dataHeader = [
    ...guid(GUIDS.data),
    ...little(dataByteLength, 8),
    ...guid(FILE_ID),
    ...little(options.declaredPackets ?? packetCount, 8),
    1,
    1,
  ];
  const bytes = Uint8Array.from([...header, ...dataHeader, ...packets.bytes, ...trailer]);
  return { bytes, dataStartByte: header.length + 50, packetByteLength, packetCount };
}

export function asfObject(name: string, body: ArrayLike<number>): Uint8Array {
  return Uint8Array.from([...guid(name), ...little(24 + body.length, 8), ...Array.from(body)]);
}

export type StreamOptions = {
  readonly number?: number;
  readonly video?: boolean;
  readonly encrypted?: boolean;
  readonly waveFormat?: WaveFormatOptions;
  /** Span, length of a virtual packet, length of a chunk. */
  readonly spread?: readonly [number, number, number];
};

export function streamProperties(options: StreamOptions = {}): Uint8Array {
  const { number = 1, video = false, encrypted = false, spread } = options;
  const typeData = video ? new Array(51).fill(0) : waveFormat(options.waveFormat ?? {});
  const [span = 0, packetBytes = 0, chunkBytes = 0] = spread ?? [];
  const correction = spread === undefined ? [] : [span, ...little(packetBytes, 2), ...little(chunkBytes, 2), 1, 0, 0];
  return asfObject(GUIDS.streamProperties, [
    ...guid(video ? GUIDS.videoMedia : GUIDS.audioMedia),
    ...guid(spread === undefined ? GUIDS.noCorrection : GUIDS.audioSpread),
    ...little(0, 8),
    ...little(typeData.length, 4),
    ...little(correction.length, 4),
    ...little(number + (encrypted ? 0x8000 : 0), 2),
    ...little(0, 4),
    ...typeData,
    ...correction,
  ]);
}

/** An Extended Stream Properties Object with two names and a payload extension before the stream inside of it. */
export function extendedStreamProperties(inner: Uint8Array): Uint8Array {
  const fields = [...new Array(60).fill(0), ...little(2, 2), ...little(1, 2)];
  const names = [...little(0, 2), ...little(4, 2), 65, 0, 0, 0, ...little(1, 2), ...little(0, 2)];
  const extension = [...guid(FILE_ID), ...little(2, 2), ...little(3, 4), 9, 9, 9];
  return asfObject(GUIDS.extendedStreamProperties, [...fields, ...names, ...extension, ...inner]);
}

function waveFormat(options: WaveFormatOptions): number[] {
  const { formatTag = 0x161, channels = 2, sampleRate = 8000, bytesPerSecond = 2000, blockAlign = 50 } = options;
  const { bitsPerSample = 16, extradata = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0] } = options;
  return [
    ...little(formatTag, 2),
    ...little(channels, 2),
    ...little(sampleRate, 4),
    ...little(bytesPerSecond, 4),
    ...little(blockAlign, 2),
    ...little(bitsPerSample, 2),
    ...little(extradata.length, 2),
    ...extradata,
  ];
}

function fileProperties(packetByteLength: number, packetCount: number, broadcast: boolean): Uint8Array {
  return asfObject(GUIDS.fileProperties, [
    ...guid(FILE_ID),
    ...little(1234567, 8),
    ...little(0, 8),
    ...little(packetCount, 8),
    ...little(100000000, 8),
    ...little(100000000, 8),
    ...little(3000, 8),
    ...little(broadcast ? 1 : 2, 4),
    ...little(packetByteLength, 4),
    ...little(packetByteLength, 4),
    ...little(128000, 4),
  ]);
}

const PAYLOAD_HEADER_BYTES = 17;
const MAX_PAYLOADS = 63;

function writeObject(packets: PacketWriter, layout: PayloadLayout, number: number, object: AsfObject): void {
  const { bytes, stream = 1 } = object;
  if (layout === 'compressed') {
    packets.add(
      [stream, number & 0xff, ...little(number * 10, 4), 1, 5, ...little(bytes.length + 1, 2), bytes.length],
      bytes,
    );
    return;
  }
  if (layout === 'whole' && packets.room < PAYLOAD_HEADER_BYTES + bytes.length) packets.close();
  for (let at = 0; at < bytes.length; ) {
    if (layout === 'single' || packets.room <= PAYLOAD_HEADER_BYTES) packets.close();
    const piece = bytes.subarray(at, at + packets.room - PAYLOAD_HEADER_BYTES);
    const replicated = [8, ...little(bytes.length, 4), ...little(number * 10, 4)];
    packets.add([stream, number & 0xff, ...little(at, 4), ...replicated, ...little(piece.length, 2)], piece);
    if (layout === 'single') packets.closeSingle();
    at += piece.length;
  }
}

class PacketWriter {
  readonly bytes: number[] = [];
  readonly #byteLength: number;
  readonly #mark: readonly number[];
  #payloads: number[][] = [];

  constructor(byteLength: number, unmarked: boolean) {
    this.#byteLength = byteLength;
    this.#mark = unmarked ? [] : [0x82, 0, 0];
  }

  /** Bytes that the packet still takes. */
  get room(): number {
    if (this.#payloads.length >= MAX_PAYLOADS) return 0;
    const used = this.#payloads.reduce((sum, payload) => sum + payload.length, 0);
    return this.#byteLength - this.#mark.length - 11 - used;
  }

  add(header: readonly number[], bytes: Uint8Array): void {
    if (this.room < header.length + bytes.length) this.close();
    this.#payloads.push([...header, ...bytes]);
  }

  /** Several payloads, padded. */
  close(): void {
    if (this.#payloads.length === 0) return;
    const payloads = [0x80 | this.#payloads.length, ...this.#payloads.flat()];
    this.#write(0x11, payloads);
  }

  /** The only payload has no length of its own. */
  closeSingle(): void {
    const [payload = []] = this.#payloads;
    this.#write(0x10, [...payload.slice(0, 15), ...payload.slice(17)]);
  }

  #write(lengthTypes: number, payloads: readonly number[]): void {
    const padding = this.#byteLength - this.#mark.length - 10 - payloads.length;
    this.bytes.push(...this.#mark, lengthTypes, 0x5d, ...little(padding, 2), ...little(0, 4), ...little(0, 2));
    this.bytes.push(...payloads, ...new Array(padding).fill(0));
    this.#payloads = [];
  }
}

/** The first three fields of a GUID are little-endian, the last two are bytes. */
function guid(text: string): number[] {
  const [a = '', b = '', c = '', d = '', e = ''] = text.split('-');
  const bytes = (hex: string): number[] => (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  return [...bytes(a).reverse(), ...bytes(b).reverse(), ...bytes(c).reverse(), ...bytes(d), ...bytes(e)];
}

function little(value: number, byteLength: number): number[] {
  return Array.from({ length: byteLength }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
