/** Secrets Manager's `GetSecretValue`, for the secrets of the template and those that it refers to by ARN. */
import { randomBytes } from 'node:crypto';
import { type LoopbackServer, serveOnLoopback } from './loopback-server.ts';
import { Properties, parsePlain } from './plain-values.ts';
import type { Template } from './template.ts';

/** By ARN or name, to plain text. */
export type Secrets = ReadonlyMap<string, string>;

/** `given` holds what the template cannot: the values of secrets that exist before the stack does. */
export function secretsOf(template: Template, given: Readonly<Record<string, string>>): Secrets {
  const secrets = new Map(Object.entries(given));
  for (const { physicalId, properties } of template.ofType('AWS::SecretsManager::Secret')) {
    if (secrets.has(physicalId)) continue;
    secrets.set(physicalId, properties.textOr('SecretString', randomBytes(24).toString('base64url')));
  }
  return secrets;
}

export function startSecretsEndpoint(secrets: Secrets): Promise<LoopbackServer> {
  return serveOnLoopback(async (incoming, answer) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const id = Properties.of(parsePlain(Buffer.concat(parts).toString()), 'GetSecretValue').textOr('SecretId', '');
    const value = secrets.get(id);
    const isKnown = incoming.headers['x-amz-target'] === 'secretsmanager.GetSecretValue' && value !== undefined;
    answer.writeHead(isKnown ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    answer.end(
      JSON.stringify(
        isKnown
          ? { ARN: id, Name: id, SecretString: value, VersionId: 'local', VersionStages: ['AWSCURRENT'] }
          : { __type: 'ResourceNotFoundException', Message: "Secrets Manager can't find the specified secret." },
      ),
    );
  });
}
