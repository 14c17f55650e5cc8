import { GUID, GUID_BYTES, guidBytes } from './guids.ts';
import { DATA_HEADER_BYTES, FILE_PROPERTIES_BYTES, OBJECT_HEADER_BYTES } from './header-object.ts';

const HEADER_OBJECT_BYTES = 30;
const HEADER_EXTENSION_BYTES = 46;
const RESERVED = [1, 2];
const EXTENSION_RESERVED = 6;

/** File Properties Object (ASF specification, section 3.2): byte offsets. */
const FILE_ID_OFFSET = 24;
const UNKNOWN_OFFSETS = { fileSize: 40, packets: 56, playDuration: 64, sendDuration: 72 };
const FLAGS_OFFSET = 88;
const BROADCAST = 1;

/**
 * A header of the stream alone, and the beginning of a data object that data packets can follow.
 *
 * It says of itself that it is a broadcast, which is what ASF calls a file whose length is not known: sizes and
 * durations of the source hold for none of its chunks. Tags and other streams are left out.
 */
export function asfInit(fileProperties: Uint8Array, streamProperties: Uint8Array): Uint8Array {
  const headerBytes = HEADER_OBJECT_BYTES + FILE_PROPERTIES_BYTES + HEADER_EXTENSION_BYTES + streamProperties.length;
  const init = new Uint8Array(headerBytes + DATA_HEADER_BYTES);
  const view = new DataView(init.buffer);
  putObject(init, 0, GUID.header, headerBytes);
  view.setUint32(OBJECT_HEADER_BYTES, 3, true);
  init.set(RESERVED, OBJECT_HEADER_BYTES + 4);

  const propertiesOffset = HEADER_OBJECT_BYTES;
  init.set(fileProperties, propertiesOffset);
  view.setUint32(propertiesOffset + 16, FILE_PROPERTIES_BYTES, true);
  view.setUint32(propertiesOffset + 20, 0, true);
  for (const offset of Object.values(UNKNOWN_OFFSETS)) view.setBigUint64(propertiesOffset + offset, 0n, true);
  view.setUint32(propertiesOffset + FLAGS_OFFSET, BROADCAST, true);

  const extensionOffset = propertiesOffset + FILE_PROPERTIES_BYTES;
  putObject(init, extensionOffset, GUID.headerExtension, HEADER_EXTENSION_BYTES);
  init.set(guidBytes(GUID.headerExtensionReserved), extensionOffset + OBJECT_HEADER_BYTES);
  view.setUint16(extensionOffset + OBJECT_HEADER_BYTES + GUID_BYTES, EXTENSION_RESERVED, true);

  init.set(streamProperties, extensionOffset + HEADER_EXTENSION_BYTES);

  putObject(init, headerBytes, GUID.data, DATA_HEADER_BYTES);
  const fileId = fileProperties.subarray(FILE_ID_OFFSET, FILE_ID_OFFSET + GUID_BYTES);
  init.set(fileId, headerBytes + OBJECT_HEADER_BYTES);
  init.set([1, 1], headerBytes + DATA_HEADER_BYTES - 2);
  return init;
}

function putObject(bytes: Uint8Array, offset: number, guid: string, byteLength: number): void {
  bytes.set(guidBytes(guid), offset);
  new DataView(bytes.buffer).setBigUint64(offset + GUID_BYTES, BigInt(byteLength), true);
}
