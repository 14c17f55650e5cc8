import { FlacMappingReader } from './flac-mapping.ts';
import type { MappingReader } from './mapping.ts';
import { OpusMappingReader } from './opus-mapping.ts';
import { VorbisMappingReader } from './vorbis-mapping.ts';

/** What the first packet of a logical stream says it is. */
export type LogicalStream =
  | { readonly kind: 'served'; readonly read: () => MappingReader }
  /** Audio that is not served, or no audio; `name` for a person. */
  | { readonly kind: 'other'; readonly name: string };

/** What first packets begin with. https://wiki.xiph.org/MIMETypesCodecs lists them. */
const OTHERS: readonly (readonly [start: string, name: string])[] = [
  ['Speex   ', 'Speex'],
  ['CELT    ', 'CELT'],
  ['PCM     ', 'PCM'],
  ['fLaC', 'FLAC in the mapping from before 2003'],
  ['\x01audio', 'OGM audio'],
  ['Direct Show Samples', 'OGM'],
  ['\x80theora', 'Theora video'],
  ['\x01video', 'OGM video'],
  ['\x01text', 'OGM text'],
  ['OVP80', 'VP8 video'],
  ['BBCD', 'Dirac video'],
  ['KW-DIRAC', 'Dirac video'],
  ['\x80daala', 'Daala video'],
  ['YUV4MPEG', 'raw video'],
  ['\x80kate', 'Kate text'],
  ['CMML', 'CMML text'],
  ['fishead', 'Skeleton'],
  ['Annodex', 'Annodex'],
  ['MIDI', 'MIDI'],
  ['JNG', 'pictures'],
  ['MNG', 'pictures'],
  ['PNG', 'pictures'],
];

export function logicalStream(firstPacket: Uint8Array): LogicalStream {
  if (startsWith(firstPacket, '\x01vorbis')) {
    return { kind: 'served', read: () => new VorbisMappingReader(firstPacket) };
  }
  if (startsWith(firstPacket, 'OpusHead')) return { kind: 'served', read: () => new OpusMappingReader(firstPacket) };
  if (startsWith(firstPacket, '\x7fFLAC')) return { kind: 'served', read: () => new FlacMappingReader(firstPacket) };
  const other = OTHERS.find(([start]) => startsWith(firstPacket, start));
  return { kind: 'other', name: other === undefined ? 'an unknown codec' : other[1] };
}

function startsWith(packet: Uint8Array, start: string): boolean {
  for (let i = 0; i < start.length; i++) {
    if (packet[i] !== start.charCodeAt(i)) return false;
  }
  return true;
}
