/** Keys in the media bucket. What clients may have lies under `d/{trackId}/{revision}/`; there the URL path is the key. */
import type { Chunk } from '../index/page.ts';

export const DERIVED_PREFIX = 'd/';
export const MANIFEST_PREFIX = 'manifests/';

export function revisionPrefix(trackId: string, revision: string): string {
  return `${DERIVED_PREFIX}${trackId}/${revision}/`;
}

/** The source's bytes, copied, with their final headers. */
export function sourceCopyKey(trackId: string, revision: string): string {
  return `${revisionPrefix(trackId, revision)}source`;
}

/** What the index of a revision needs beside the chunks' own attributes, as JSON. For us alone, hence not under `d/`. */
export function manifestKey(trackId: string, revision: string): string {
  return `${MANIFEST_PREFIX}${trackId}/${revision}/manifest.json`;
}

/** What is saved of an analysis under way. For us alone, too. */
export function savedAnalysisKey(trackId: string, revision: string): string {
  return `${MANIFEST_PREFIX}${trackId}/${revision}/analysis.bin`;
}

/** The init that holds from a chunk on, where it is not that of the first one. */
export function initKey(trackId: string, revision: string, firstChunk: number): string {
  return `${revisionPrefix(trackId, revision)}init/${padded(firstChunk)}`;
}

export function packetTablesPrefix(trackId: string, revision: string): string {
  return `${revisionPrefix(trackId, revision)}packets/`;
}

/** Where the codec frames of a chunk are, see PacketTable. */
export function packetTableKey(trackId: string, revision: string, chunkNumber: number): string {
  return `${packetTablesPrefix(trackId, revision)}${padded(chunkNumber)}.json`;
}

function padded(chunkNumber: number): string {
  return String(chunkNumber).padStart(8, '0');
}

export function chunksPrefix(trackId: string, revision: string): string {
  return `${revisionPrefix(trackId, revision)}chunks/`;
}

/**
 * Number, ranges and preroll are in the name, so that a listing alone gives the chunk table back. Samples are decoded
 * samples.
 */
export function chunkKey(trackId: string, revision: string, chunk: Chunk, extension: string): string {
  const bytes = `b${chunk.startByte}-${chunk.endByte}`;
  const samples = `s${chunk.startSample}-${chunk.endSample}`;
  const preroll = `p${chunk.preroll.packets}-${chunk.preroll.bytes}-${chunk.preroll.samples}`;
  return `${chunksPrefix(trackId, revision)}${padded(chunk.number)}_${bytes}_${samples}_${preroll}.${extension}`;
}

/** The same once more as object metadata, for people. */
export function chunkMetadata(chunk: Chunk): Record<string, string> {
  return {
    number: String(chunk.number),
    bytes: `${chunk.startByte}-${chunk.endByte}`,
    samples: `${chunk.startSample}-${chunk.endSample}`,
    preroll: `${chunk.preroll.packets} packets, ${chunk.preroll.bytes} bytes, ${chunk.preroll.samples} samples`,
  };
}

const CHUNK_KEY = /^d\/[^/]+\/[^/]+\/chunks\/(\d+)_b(\d+)-(\d+)_s(\d+)-(\d+)_p(\d+)-(\d+)-(\d+)\.[a-z0-9]+$/;

/** The chunk that a key of this form names; `undefined` for any other key. */
export function chunkOfKey(key: string): Chunk | undefined {
  const name = CHUNK_KEY.exec(key);
  if (name === null) return undefined;
  const [number = 0, startByte = 0, endByte = 0, startSample = 0, endSample = 0, ...preroll] = name
    .slice(1)
    .map(Number);
  const [packets = 0, bytes = 0, samples = 0] = preroll;
  return { number, startByte, endByte, startSample, endSample, preroll: { packets, bytes, samples } };
}

/** A part of a track by name: bytes of the source, or samples of the timeline, [start, end). */
export type PartName = { readonly unit: 'bytes' | 'samples'; readonly start: number; readonly end: number };

const PARTS_FOLDER = 'parts/';

/** A part that was too long for one answer, as an object of its own. It may be gone again: see `isPartKey`. */
export function partKey(trackId: string, revision: string, { unit, start, end }: PartName, extension: string): string {
  const letter = unit === 'bytes' ? 'b' : 's';
  return `${revisionPrefix(trackId, revision)}${PARTS_FOLDER}${letter}${start}-${end}.${extension}`;
}

const PART_KEY = /^d\/[^/]+\/[^/]+\/parts\/([bs])(\d{1,15})-(\d{1,15})\.[a-z0-9]+$/;

/** The part that a key of this form names; `undefined` for any other key. */
export function partOfKey(key: string): PartName | undefined {
  const [, letter, start, end] = PART_KEY.exec(key) ?? [];
  if (letter === undefined) return undefined;
  return { unit: letter === 'b' ? 'bytes' : 'samples', start: Number(start), end: Number(end) };
}

/** True for objects that somebody asked for once: stores may let them expire, they are made again. */
export function isPartKey(key: string): boolean {
  return PART_KEY.test(key);
}

/** Track and revision that a key belongs to. */
export function ownerOfKey(key: string): { trackId: string; revision: string } | undefined {
  const [prefix, trackId, revision, rest] = key.split('/', 4);
  const isOurs = `${prefix}/` === DERIVED_PREFIX || `${prefix}/` === MANIFEST_PREFIX;
  if (!isOurs || !trackId || !revision || rest === undefined) return undefined;
  return { trackId, revision };
}
