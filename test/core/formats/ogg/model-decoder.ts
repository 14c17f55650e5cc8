/**
 * Stands for a decoder: takes the pages of one stream and puts out, for every sample, which packet it comes from. It
 * knows of codecs only what decides how many samples come out.
 */
export type Yields = (packet: Uint8Array, previous: Uint8Array | undefined) => number;

/** `bytes`: intact pages of one stream. A sample is its packet's number, which `numberOf` tells, and its place in it. */
export function modelDecode(bytes: Uint8Array, yields: Yields, numberOf: (packet: Uint8Array) => number): number[] {
  const output: number[] = [];
  let previous: Uint8Array | undefined;
  for (const packet of audioPackets(bytes)) {
    const count = yields(packet, previous);
    for (let i = 0; i < count; i++) output.push(numberOf(packet) * 2 ** 20 + i);
    previous = packet;
  }
  return output;
}

/** The packets behind the header packets, as RFC 3533 has them put together. */
function audioPackets(bytes: Uint8Array): Uint8Array[] {
  const packets: number[][] = [];
  let parts: number[] | undefined;
  for (let at = 0; at < bytes.length; ) {
    const segments = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] as number));
    const continued = ((bytes[at + 5] as number) & 1) === 1;
    if (!continued) parts = [];
    at += 27 + segments.length;
    for (const length of segments) {
      parts?.push(...bytes.subarray(at, at + length));
      at += length;
      if (length === 255) continue;
      if (parts !== undefined) packets.push(parts);
      parts = [];
    }
    if (segments.at(-1) !== 255) parts = undefined;
  }
  const isHeader = (packet: number[]): boolean =>
    /vorbis|OpusHead|OpusTags|FLAC/.test(String.fromCharCode(...packet.slice(0, 8))) || packet[0] === 0x84;
  return packets.filter((packet) => !isHeader(packet)).map((packet) => Uint8Array.from(packet));
}
