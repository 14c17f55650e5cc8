/**
 * The tags of an ASF file: Advanced Systems Format specification 01.20.06, sections 3.1 (header), 3.4 (extension), 3.10
 * (content description), 3.11 (extended content description) and 4.8 (metadata library). Pictures, by custom WM/Picture
 * (https://learn.microsoft.com/en-us/windows/win32/wmformat/wm-picture), are read here.
 */
import type { FoundPicture } from '../tags.ts';
import { joined, littleBytes, uintLittle } from './bytes.ts';
import type { ExcerptReader } from './excerpt-reader.ts';

const CONTENT_DESCRIPTION = '3326b2758e66cf11a6d900aa0062ce6c';
const EXTENDED_CONTENT_DESCRIPTION = '40a4d0d207e3d21197f000a0c95ea850';
const HEADER_EXTENSION = 'b503bf5f2ea9cf118ee300c00c205365';
const METADATA_LIBRARY = '941c23449894d149a1411d134e457054';

const TOP_HEADER_BYTES = 30;
const OBJECT_HEADER_BYTES = 24;
const EXTENSION_HEADER_BYTES = OBJECT_HEADER_BYTES + 22;
const PICTURE_FIELD = 'WM/Picture';
const FRONT_COVER = 3;

/** As many as there are kinds, several times over. */
const MAX_OBJECTS = 256;

export type AsfExcerpt = { readonly bytes: Uint8Array; readonly pictures: readonly FoundPicture[] };

/** From `startByte`: a header with the objects that hold tags in words, and the pictures. */
export async function asfExcerpt(reader: ExcerptReader, startByte: number): Promise<AsfExcerpt> {
  const top = (await reader.look(startByte, TOP_HEADER_BYTES)).slice();
  const endByte = startByte + uintLittle(top, 16, 8);
  const words: Uint8Array[] = [];
  const pictures: FoundPicture[] = [];
  for await (const { id, at, objectBytes } of objectsIn(reader, startByte + TOP_HEADER_BYTES, endByte)) {
    if (id === CONTENT_DESCRIPTION) words.push(...asList(await reader.takeField(at, objectBytes)));
    if (id === EXTENDED_CONTENT_DESCRIPTION) {
      const fields = describedFields(await reader.takeField(at, objectBytes));
      const inWords = fields.filter(({ name }) => name !== PICTURE_FIELD);
      if (inWords.length > 0) words.push(extendedDescription(inWords));
      pictures.push(...fields.flatMap(pictureOf));
    }
    if (id !== HEADER_EXTENSION) continue;
    for await (const inner of objectsIn(reader, at + EXTENSION_HEADER_BYTES, at + objectBytes)) {
      // Nothing but a picture makes an object as large as that.
      if (inner.id !== METADATA_LIBRARY) continue;
      pictures.push(...libraryFields(await reader.takePicture(inner.at, inner.objectBytes)).flatMap(pictureOf));
    }
  }
  if (words.length === 0) return { bytes: new Uint8Array(0), pictures };
  const body = joined(...words);
  const size = littleBytes(TOP_HEADER_BYTES + body.length, 8);
  const bytes = joined(top.subarray(0, 16), size, littleBytes(words.length, 4), Uint8Array.of(1, 2), body);
  return { bytes, pictures };
}

type AsfObject = { readonly id: string; readonly at: number; readonly objectBytes: number };

async function* objectsIn(
  reader: ExcerptReader,
  startByte: number,
  endByte: number,
): AsyncGenerator<AsfObject, void, undefined> {
  let at = startByte;
  for (let count = 0; count < MAX_OBJECTS && at + OBJECT_HEADER_BYTES <= endByte; count++) {
    const header = (await reader.look(at, OBJECT_HEADER_BYTES)).slice();
    const objectBytes = uintLittle(header, 16, 8);
    if (objectBytes < OBJECT_HEADER_BYTES || at + objectBytes > endByte) return reader.noteCut();
    yield { id: hexOf(header.subarray(0, 16)), at, objectBytes };
    at += objectBytes;
  }
}

/** `stored`: the field as it lies in the object. */
type Field = { readonly name: string; readonly value: Uint8Array; readonly stored: Uint8Array };

function describedFields(object: Uint8Array = new Uint8Array(0)): Field[] {
  const fields: Field[] = [];
  let at = OBJECT_HEADER_BYTES + 2;
  for (let count = uintLittle(object, OBJECT_HEADER_BYTES, 2); count > 0; count--) {
    const nameEnd = at + 2 + uintLittle(object, at, 2);
    const valueStart = nameEnd + 4;
    const end = valueStart + uintLittle(object, nameEnd + 2, 2);
    if (valueStart > object.length || end > object.length) break;
    const name = wideText(object.subarray(at + 2, nameEnd));
    fields.push({ name, value: object.subarray(valueStart, end), stored: object.subarray(at, end) });
    at = end;
  }
  return fields;
}

function libraryFields(object: Uint8Array = new Uint8Array(0)): Field[] {
  const fields: Field[] = [];
  let at = OBJECT_HEADER_BYTES + 2;
  for (let count = uintLittle(object, OBJECT_HEADER_BYTES, 2); count > 0; count--) {
    const nameStart = at + 12;
    const nameEnd = nameStart + uintLittle(object, at + 4, 2);
    const end = nameEnd + uintLittle(object, at + 8, 4);
    if (nameStart > object.length || end > object.length) break;
    const name = wideText(object.subarray(nameStart, nameEnd));
    fields.push({ name, value: object.subarray(nameEnd, end), stored: object.subarray(at, end) });
    at = end;
  }
  return fields;
}

function extendedDescription(fields: readonly Field[]): Uint8Array {
  const body = joined(littleBytes(fields.length, 2), ...fields.map(({ stored }) => stored));
  return joined(bytesOfHex(EXTENDED_CONTENT_DESCRIPTION), littleBytes(OBJECT_HEADER_BYTES + body.length, 8), body);
}

/** Type, length, media type and description (both UTF-16 up to a zero), picture. */
function pictureOf({ name, value }: Field): FoundPicture[] {
  if (name !== PICTURE_FIELD) return [];
  const bytes = value.subarray(afterWideText(value, afterWideText(value, 5)));
  return [{ bytes, ...(value[0] === FRONT_COVER ? { type: 'Cover (front)' } : {}) }];
}

function afterWideText(bytes: Uint8Array, startByte: number): number {
  let at = startByte;
  while (at + 1 < bytes.length && (bytes[at] !== 0 || bytes[at + 1] !== 0)) at += 2;
  return at + 2;
}

function wideText(bytes: Uint8Array): string {
  return new TextDecoder('utf-16le').decode(bytes).replace(/\0+$/, '');
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

function asList(bytes: Uint8Array | undefined): Uint8Array[] {
  return bytes ? [bytes] : [];
}
