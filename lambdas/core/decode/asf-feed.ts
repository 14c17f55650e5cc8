/** ASF: media objects are put together from data packets; only decoding tells how many samples they hold. */
import { servedStream } from '../formats/asf/codec.ts';
import { readAsfHeader } from '../formats/asf/header-object.ts';
import { ObjectAssembly } from '../formats/asf/media-objects.ts';
import { PacketWalk } from '../formats/asf/packet-walk.ts';
import { skipId3v2 } from '../formats/id3v2.ts';
import type { ByteSource, DecoderConfig } from '../ports.ts';

/** The objects that end in one data packet. */
export type AsfFeed = { readonly startByte: number; readonly objects: readonly Uint8Array[] };

export type AsfFeeds = {
  readonly config: DecoderConfig;
  /** From the data packet at `startByte` on; 0: from the first. */
  feeds(startByte: number): AsyncGenerator<AsfFeed, void, undefined>;
};

/** Throws as the scan of the source does. */
export async function openAsfFeeds(source: ByteSource): Promise<AsfFeeds> {
  const header = await readAsfHeader(source, await skipId3v2(source));
  const { stream, config } = servedStream(header.audioStreams);
  return {
    config,
    async *feeds(startByte) {
      const walk = await PacketWalk.open(source, {
        startByte: Math.max(header.dataStartByte, startByte),
        endByte: Math.min(header.dataEndByte ?? source.byteLength, source.byteLength),
        packetByteLength: header.packetByteLength,
        streamNumber: stream.number,
        blockBytes: source.blockBytes,
      });
      const assembly = new ObjectAssembly(stream.spread, stream.waveFormat.blockAlign);
      for await (const packets of walk.batches()) {
        for (const packet of packets) {
          const objects = packet.payloads.flatMap((payload) => {
            const object = assembly.accept(payload, packet.startByte);
            return object === null ? [] : [object.bytes];
          });
          yield { startByte: packet.startByte, objects };
        }
      }
    },
  };
}
