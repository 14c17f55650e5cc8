/** Matroska and WebM files (RFC 9559) for scanners: any nesting, sizes known, unknown or wrong, blocks of every lacing. */
import { vorbisComment, vorbisIdentification, vorbisSetup } from './vorbis-packets.ts';

/** An element, or bytes as they are. `mark`: its place is told by `written`. */
export type Node =
  | Uint8Array
  | {
      readonly id: number;
      readonly body: readonly Node[];
      /** Written instead of the body's length. */
      readonly size?: number | 'unknown';
      readonly mark?: string;
    }
  | { readonly mark: string; readonly bytes: Uint8Array };

export type Mark = { readonly name: string; readonly startByte: number; readonly endByte: number };

export type TestBlock = {
  readonly frames: readonly Uint8Array[];
  readonly track?: number;
  /** Ticks from the cluster's timestamp. */
  readonly time?: number;
  readonly lacing?: 'none' | 'xiph' | 'ebml' | 'fixed';
  /** In a BlockGroup, with these elements behind it. */
  readonly group?: readonly Node[];
  readonly encrypted?: boolean;
};

export type TestCluster = {
  readonly time?: number;
  readonly blocks: readonly (TestBlock | Node)[];
  readonly size?: number | 'unknown';
  /** Before the timestamp, as a CRC-32 is. */
  readonly first?: readonly Node[];
};

export type TestFile = {
  readonly docType?: string;
  readonly header?: readonly Node[];
  readonly segmentSize?: number | 'unknown';
  readonly info?: readonly Node[];
  readonly tracks?: readonly Node[];
  readonly beforeClusters?: readonly Node[];
  readonly clusters: readonly (TestCluster | Node)[];
  readonly afterClusters?: readonly Node[];
};

const LACING_FLAGS = { none: 0, xiph: 2, fixed: 4, ebml: 6 } as const;

export function matroskaFile(file: TestFile): { bytes: Uint8Array; marks: Mark[] } {
  const { docType = 'webm', header = [], info = [uint(0x2ad7b1, 1_000_000)], tracks = [opusTrack()] } = file;
  const ebml = { id: 0x1a45dfa3, body: [uint(0x4286, 1), text(0x4282, docType), ...header] };
  const segment = {
    id: 0x18538067,
    ...(file.segmentSize === undefined ? {} : { size: file.segmentSize }),
    body: [
      { id: 0x1549a966, body: info },
      { id: 0x1654ae6b, body: tracks },
      ...(file.beforeClusters ?? []),
      ...file.clusters.map((entry) => ('blocks' in entry ? clusterNode(entry) : entry)),
      ...(file.afterClusters ?? []),
    ],
  };
  return written([ebml, segment]);
}

export function clusterNode({ time = 0, blocks, size, first = [] }: TestCluster): Node {
  const body = [...first, uint(0xe7, time), ...blocks.map((block) => ('frames' in block ? blockNode(block) : block))];
  return { id: 0x1f43b675, body, mark: 'cluster', ...(size === undefined ? {} : { size }) };
}

export function blockNode({ frames, track = 1, time = 0, lacing = 'none', group, encrypted }: TestBlock): Node {
  const head = Uint8Array.of(0x80 | track, (time >> 8) & 0xff, time & 0xff, LACING_FLAGS[lacing]);
  const laced = frames.map((bytes) => ({ mark: track === 1 ? 'frame' : 'other', bytes }));
  const body = [head, laceHeader(frames, lacing), ...laced];
  if (group !== undefined) return { id: 0xa0, body: [{ id: 0xa1, body }, ...group], mark: 'block' };
  return { id: encrypted ? 0xaf : 0xa3, body, mark: 'block' };
}

export type TrackOptions = {
  readonly number?: number;
  readonly type?: number;
  readonly codecId?: string;
  readonly codecPrivate?: Uint8Array;
  readonly more?: readonly Node[];
};

export function opusTrack({
  number = 1,
  type = 2,
  codecId = 'A_OPUS',
  codecPrivate,
  more = [],
}: TrackOptions = {}): Node {
  const config = binary(0x63a2, codecPrivate ?? opusHead());
  const body = [uint(0xd7, number), uint(0x83, type), text(0x86, codecId), config, ...more];
  return { id: 0xae, body };
}

export function vorbisTrack(codecPrivate = vorbisPrivate(), more: readonly Node[] = []): Node {
  return opusTrack({ codecId: 'A_VORBIS', codecPrivate, more });
}

/** Xiph-laced header packets. */
export function vorbisPrivate(
  headers: readonly Uint8Array[] = [vorbisIdentification(), vorbisComment(), vorbisSetup()],
): Uint8Array {
  return written([laceHeader(headers, 'xiph'), ...headers]).bytes;
}

export function opusHead({ channels = 2, preSkip = 312, family = 0, version = 1 } = {}): Uint8Array {
  const fixed = Uint8Array.from('OpusHead\0\0\0\0\0\0\0\0\0\0\0', (letter) => letter.charCodeAt(0));
  fixed.set([version, channels, preSkip & 0xff, preSkip >> 8, 0x80, 0xbb], 8);
  fixed[18] = family;
  if (family === 0) return fixed;
  return Uint8Array.from([...fixed, channels, 0, ...Array.from({ length: channels }, (_, i) => i)]);
}

/** One Opus frame of 20 ms, 960 samples; another length by its configuration number. */
export function opusFrame(byteLength = 10, configuration = 31): Uint8Array {
  const frame = Uint8Array.from({ length: byteLength }, (_, i) => (i * 29 + byteLength) & 0x7f);
  if (byteLength > 0) frame[0] = configuration << 3;
  return frame;
}

/** `count` blocks of one frame of 20 ms each, at their times. */
export function opusBlocks(count: number, byteLength = 12): TestBlock[] {
  return Array.from({ length: count }, (_, i) => ({ time: i * 20, frames: [opusFrame(byteLength + (i % 3))] }));
}

/** `count` clusters of `blocksEach` such blocks. */
export function opusClusters(count: number, blocksEach: number): TestCluster[] {
  return Array.from({ length: count }, (_, i) => ({ time: i * blocksEach * 20, blocks: opusBlocks(blocksEach) }));
}

export function uint(id: number, value: number): Node {
  return binary(id, unsigned(value));
}

export function text(id: number, value: string): Node {
  return binary(
    id,
    Uint8Array.from(value, (letter) => letter.charCodeAt(0)),
  );
}

export function binary(id: number, bytes: Uint8Array): Node {
  return { id, body: [bytes] };
}

export function voidOf(byteLength: number): Node {
  return binary(0xec, new Uint8Array(byteLength));
}

export function discardPadding(ns: number): Node {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(ns));
  return binary(0x75a2, bytes);
}

/** ContentEncodings of one. */
export function encodings(encoding: readonly Node[]): Node {
  return { id: 0x6d80, body: [{ id: 0x6240, body: encoding }] };
}

/** The bytes of the nodes, and where those with a mark came to lie. */
export function written(nodes: readonly Node[]): { bytes: Uint8Array; marks: Mark[] } {
  const parts: Uint8Array[] = [];
  const marks: Mark[] = [];
  let at = 0;
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  const write = (node: Node): void => {
    const startByte = at;
    if (node instanceof Uint8Array) push(node);
    else if ('bytes' in node) push(node.bytes);
    else {
      push(unsigned(node.id));
      push(sizeBytes(node.size ?? node.body.reduce((sum, child) => sum + byteLengthOf(child), 0)));
      for (const child of node.body) write(child);
    }
    if ('mark' in node && node.mark !== undefined) marks.push({ name: node.mark, startByte, endByte: at });
  };
  for (const node of nodes) write(node);
  const bytes = new Uint8Array(at);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return { bytes, marks };
}

export function marked(marks: readonly Mark[], name: string): Mark[] {
  return marks.filter((mark) => mark.name === name);
}

function byteLengthOf(node: Node): number {
  if (node instanceof Uint8Array) return node.length;
  if ('bytes' in node) return node.bytes.length;
  const body = node.body.reduce((sum, child) => sum + byteLengthOf(child), 0);
  return unsigned(node.id).length + sizeBytes(node.size ?? body).length + body;
}

/** One byte where that is enough, else four, else eight. */
function sizeBytes(size: number | 'unknown'): Uint8Array {
  if (size === 'unknown') return Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
  if (size < 0x7f) return Uint8Array.of(0x80 | size);
  const bytes = new Uint8Array(size < 2 ** 28 - 1 ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) view.setUint32(0, 0x10000000 + size);
  else view.setBigUint64(0, (1n << 56n) + BigInt(size));
  return bytes;
}

function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

function laceHeader(frames: readonly Uint8Array[], lacing: 'none' | 'xiph' | 'ebml' | 'fixed'): Uint8Array {
  if (lacing === 'none') return new Uint8Array(0);
  const sizes = frames.slice(0, -1).map(({ length }) => length);
  const count = frames.length - 1;
  switch (lacing) {
    case 'fixed':
      return Uint8Array.of(count);
    case 'xiph':
      return Uint8Array.from([
        count,
        ...sizes.flatMap((size) => [...Array(Math.floor(size / 255)).fill(255), size % 255]),
      ]);
    case 'ebml':
      return Uint8Array.from([
        count,
        ...sizes.flatMap((size, i) => (i === 0 ? twoBytes(size) : difference(size, sizes[i - 1]))),
      ]);
  }
}

function twoBytes(value: number): number[] {
  return [0x40 | (value >> 8), value & 0xff];
}

/** In one byte where it fits, else in two. */
function difference(size: number, previous = 0): number[] {
  const change = size - previous;
  return Math.abs(change) <= 63 ? [0x80 | (change + 63)] : twoBytes(change + 8191);
}
