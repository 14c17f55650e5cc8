import { elementAt, MAX_ELEMENT_HEADER_BYTES } from './ebml.ts';
import { CLUSTER_CHILDREN, ID } from './element-ids.ts';

/** The cluster's own header, and that of what it begins with. */
export const CLUSTER_SIGHT_BYTES = 2 * MAX_ELEMENT_HEADER_BYTES;

const FIRST_ID_BYTE = ID.CLUSTER >>> 24;
const SECOND_ID_BYTE = (ID.CLUSTER >>> 16) & 0xff;

/**
 * The first index in [from, to) where a Cluster begins that begins with something that a cluster may hold, else `to`.
 * Bytes up to CLUSTER_SIGHT_BYTES beyond an index are looked at.
 */
export function clusterBeginsAt(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    at = bytes.indexOf(FIRST_ID_BYTE, at);
    if (at < 0 || at >= to) return Math.max(from, to);
    if (bytes[at + 1] === SECOND_ID_BYTE && isCluster(bytes, at)) return at;
  }
  return Math.max(from, to);
}

function isCluster(bytes: Uint8Array, at: number): boolean {
  const cluster = elementAt(bytes, at);
  if (cluster === 'cut' || cluster === null || cluster.id !== ID.CLUSTER) return false;
  const child = elementAt(bytes, at + cluster.headerByteLength);
  if (child === 'cut' || child === null || !CLUSTER_CHILDREN.has(child.id)) return false;
  return (
    child.headerByteLength + child.bodyByteLength <= cluster.bodyByteLength && Number.isFinite(child.bodyByteLength)
  );
}
