/** The public keys that a behaviour trusts. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Properties } from '../plain-values.ts';
import type { EdgeResource } from './ports.ts';

/** Public keys by key pair id. */
export type KeyGroups = ReadonlyMap<string, KeyObject>;

/** Throws when a group or a key is missing, or a key is none. */
export function readKeyGroup(groupIds: readonly string[], resources: ReadonlyMap<string, EdgeResource>): KeyGroups {
  const keys = new Map<string, KeyObject>();
  for (const groupId of groupIds) {
    const group = found(resources, groupId, 'AWS::CloudFront::KeyGroup').object('KeyGroupConfig');
    for (const keyId of group.texts('Items')) {
      const key = found(resources, keyId, 'AWS::CloudFront::PublicKey').object('PublicKeyConfig');
      keys.set(keyId, createPublicKey(key.text('EncodedKey')));
    }
  }
  return keys;
}

function found(resources: ReadonlyMap<string, EdgeResource>, id: string, type: string): Properties {
  const resource = resources.get(id);
  if (resource?.type !== type) throw new Error(`a trusted key group names ${id}, which is no ${type} of the template`);
  return Properties.of(resource.properties, id);
}
