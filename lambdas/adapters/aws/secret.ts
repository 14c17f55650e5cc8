import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CuepointError } from '../../core/errors.ts';
import { serviceFailure } from './service-failure.ts';

/** The current text of a secret; one stored as bytes is taken for UTF-8. */
export async function readSecret(client: SecretsManagerClient, arn: string): Promise<string> {
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    const text = SecretString ?? (SecretBinary && new TextDecoder().decode(SecretBinary));
    if (text !== undefined) return text;
  } catch (error) {
    throw serviceFailure(error, 'reading the secret for signing links');
  }
  throw new CuepointError('internal', 'the secret for signing links has no value; store one');
}
