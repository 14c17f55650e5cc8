/** ASF data packets: ASF specification, section 5.2. */

/** A piece of a media object, or the whole of one, of the stream asked for. */
export type Payload = {
  readonly objectNumber: number;
  /** Where the piece belongs in the object. */
  readonly objectOffset: number;
  readonly objectByteLength: number;
  /** A view of the packet. */
  readonly bytes: Uint8Array;
};

const HAS_ERROR_CORRECTION = 0x80;
const ERROR_CORRECTION_BYTES_MASK = 0x0f;
const ERROR_CORRECTION_TYPE_MASK = 0x60;
const MULTIPLE_PAYLOADS = 0x01;
const SEND_TIME_AND_DURATION_BYTES = 6;
const STREAM_NUMBER_MASK = 0x7f;
const PAYLOAD_COUNT_MASK = 0x3f;
/** A stream number takes one byte, says this type. */
const STREAM_NUMBER_TYPE = 1;
/** This length of replicated data marks a payload of several whole objects, each behind a byte of its length. */
const COMPRESSED = 1;
const OBJECT_SIZE_BYTES = 4;

/**
 * The payloads of stream `streamNumber` in the packet at [startOffset, endOffset) of `bytes`; `null` when what stands
 * there contradicts itself, and so is no packet.
 */
export function parseDataPacket(
  bytes: Uint8Array,
  startOffset: number,
  endOffset: number,
  streamNumber: number,
): Payload[] | null {
  const reader = new PacketReader(bytes, startOffset, endOffset);
  const first = reader.uint8();
  const isProtected = (first & HAS_ERROR_CORRECTION) !== 0;
  if (isProtected) {
    if ((first & ERROR_CORRECTION_TYPE_MASK) !== 0) return null;
    reader.skip(first & ERROR_CORRECTION_BYTES_MASK);
  }
  const lengthTypes = isProtected ? reader.uint8() : first;
  const fieldTypes = reader.uint8();
  if (fieldTypes >> 6 !== STREAM_NUMBER_TYPE) return null;
  const statedByteLength = reader.field(lengthTypes >> 5);
  reader.field(lengthTypes >> 1);
  const paddingBytes = reader.field(lengthTypes >> 3);
  reader.skip(SEND_TIME_AND_DURATION_BYTES);
  const packetByteLength = statedByteLength === 0 ? endOffset - startOffset : statedByteLength;
  if (!reader.endAt(startOffset + packetByteLength - paddingBytes)) return null;
  const isMultiple = (lengthTypes & MULTIPLE_PAYLOADS) !== 0;
  const payloadFlags = isMultiple ? reader.uint8() : 0;
  const count = isMultiple ? payloadFlags & PAYLOAD_COUNT_MASK : 1;
  const payloads: Payload[] = [];
  for (let i = 0; i < count; i++) {
    const taken = readPayload(reader, fieldTypes, isMultiple ? payloadFlags >> 6 : undefined, streamNumber, payloads);
    if (!taken) return null;
  }
  return payloads;
}

/** `lengthType` `undefined`: the payload takes what is left of the packet. False: it does not fit. */
function readPayload(
  reader: PacketReader,
  fieldTypes: number,
  lengthType: number | undefined,
  streamNumber: number,
  to: Payload[],
): boolean {
  const isWanted = (reader.uint8() & STREAM_NUMBER_MASK) === streamNumber;
  const objectNumber = reader.field(fieldTypes >> 4);
  const objectOffset = reader.field(fieldTypes >> 2);
  const replicatedBytes = reader.field(fieldTypes);
  if (replicatedBytes === COMPRESSED) {
    reader.skip(1);
    const byteLength = lengthType === undefined ? reader.remaining : reader.field(lengthType);
    const bytes = reader.bytes(byteLength);
    return bytes !== null && (!isWanted || splitCompressed(bytes, objectNumber, to));
  }
  const hasSize = replicatedBytes >= OBJECT_SIZE_BYTES;
  const statedByteLength = hasSize ? reader.uint32() : 0;
  reader.skip(replicatedBytes - (hasSize ? OBJECT_SIZE_BYTES : 0));
  const byteLength = lengthType === undefined ? reader.remaining : reader.field(lengthType);
  const bytes = reader.bytes(byteLength);
  if (bytes === null) return false;
  const objectByteLength = hasSize ? statedByteLength : bytes.length;
  if (isWanted) to.push({ objectNumber, objectOffset, objectByteLength, bytes });
  return true;
}

function splitCompressed(bytes: Uint8Array, objectNumber: number, to: Payload[]): boolean {
  let at = 0;
  while (at < bytes.length) {
    const endOffset = at + 1 + (bytes[at] ?? 0);
    if (endOffset > bytes.length) return false;
    const object = bytes.subarray(at + 1, endOffset);
    to.push({ objectNumber, objectOffset: 0, objectByteLength: object.length, bytes: object });
    at = endOffset;
  }
  return true;
}

/** Reads little-endian fields; once over the end, all it gives is zeros and `null`. */
class PacketReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, startOffset: number, endOffset: number) {
    this.#bytes = bytes;
    this.#at = startOffset;
    this.#end = endOffset;
  }

  get remaining(): number {
    return Math.max(0, this.#end - this.#at);
  }

  /** Brings the end nearer. False: it would lie before what was read, or farther away. */
  endAt(endOffset: number): boolean {
    if (endOffset < this.#at || endOffset > this.#end) return false;
    this.#end = endOffset;
    return true;
  }

  skip(byteLength: number): void {
    this.#at += byteLength;
  }

  uint8(): number {
    const byte = this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : 0;
    this.#at++;
    return byte;
  }

  uint32(): number {
    const low = this.uint8() | (this.uint8() << 8);
    return low + (this.uint8() | (this.uint8() << 8)) * 2 ** 16;
  }

  /** A field of 0, 1, 2 or 4 bytes, as the lower two bits of `type` say. */
  field(type: number): number {
    switch (type & 3) {
      case 1:
        return this.uint8();
      case 2:
        return this.uint8() | (this.uint8() << 8);
      case 3:
        return this.uint32();
      default:
        return 0;
    }
  }

  bytes(byteLength: number): Uint8Array | null {
    if (this.#at + byteLength > this.#end) return null;
    this.#at += byteLength;
    return this.#bytes.subarray(this.#at - byteLength, this.#at);
  }
}
