/** What a track says of itself: RFC 9559, section 5.1.4. */
import { textOf, unsignedOf } from './ebml.ts';
import { ID } from './element-ids.ts';
import type { ElementReader, PlacedElement } from './element-reader.ts';

export type TrackEntry = {
  readonly number: number;
  readonly type: number;
  readonly enabled: boolean;
  readonly isDefault: boolean;
  readonly codecId: string;
  readonly codecPrivate: PlacedElement | undefined;
  readonly codecDelayNs: number;
  /** What must be undone before a frame is a codec's frame (section 5.1.4.1.31). */
  readonly encoding: 'none' | 'encrypted' | 'transformed';
};

export const AUDIO_TRACK = 2;

/** Longer than any codec's name. */
const MAX_CODEC_ID_BYTES = 64;
const MAX_NUMBER_BYTES = 8;

const ENCRYPTION_TYPE = 1;

/** Ten seconds; codecs have milliseconds. */
const MAX_CODEC_DELAY_NS = 1e10;

export async function readTrackEntry(reader: ElementReader, entry: PlacedElement): Promise<TrackEntry> {
  const track = {
    number: 0,
    type: 0,
    enabled: true,
    isDefault: true,
    codecId: '',
    codecPrivate: undefined as PlacedElement | undefined,
    codecDelayNs: 0,
    encoding: 'none' as TrackEntry['encoding'],
  };
  for await (const child of reader.children(entry)) {
    switch (child.id) {
      case ID.TRACK_NUMBER:
        track.number = await readUnsigned(reader, child);
        break;
      case ID.TRACK_TYPE:
        track.type = await readUnsigned(reader, child);
        break;
      case ID.FLAG_ENABLED:
        track.enabled = (await readUnsigned(reader, child)) !== 0;
        break;
      case ID.FLAG_DEFAULT:
        track.isDefault = (await readUnsigned(reader, child)) !== 0;
        break;
      case ID.CODEC_ID:
        track.codecId = textOf(await reader.body(child, MAX_CODEC_ID_BYTES));
        break;
      case ID.CODEC_PRIVATE:
        track.codecPrivate = child;
        break;
      case ID.CODEC_DELAY:
        track.codecDelayNs = delayNs(await readUnsigned(reader, child));
        break;
      case ID.CONTENT_ENCODINGS:
        track.encoding = await readEncoding(reader, child);
        break;
    }
  }
  return track;
}

export async function readUnsigned(reader: ElementReader, element: PlacedElement): Promise<number> {
  return unsignedOf(await reader.body(element, MAX_NUMBER_BYTES));
}

/** A delay that is no number of nanoseconds but damage is none. */
function delayNs(value: number): number {
  return value <= MAX_CODEC_DELAY_NS ? value : 0;
}

async function readEncoding(reader: ElementReader, encodings: PlacedElement): Promise<TrackEntry['encoding']> {
  let found: TrackEntry['encoding'] = 'none';
  for await (const encoding of reader.children(encodings)) {
    if (encoding.id !== ID.CONTENT_ENCODING) continue;
    found = 'transformed';
    for await (const child of reader.children(encoding)) {
      const says = child.id === ID.CONTENT_ENCODING_TYPE && (await readUnsigned(reader, child)) === ENCRYPTION_TYPE;
      if (says || child.id === ID.CONTENT_ENCRYPTION) return 'encrypted';
    }
  }
  return found;
}
