import {
  jsonVariable,
  numberVariable,
  refused,
  type StoreSettings,
  storeSettings,
  type Variables,
} from '../adapters/lambda/function-environment.ts';

/** Who signs links to derived objects: S3 (anybody may read all of it anyway), or the key that CloudFront asks for. */
export type Signing =
  | { readonly kind: 's3' }
  | { readonly kind: 'cloudfront'; readonly keyPairId: string; readonly privateKeySecretArn: string };

export type ApiEnvironment = Omit<StoreSettings, 'retainReplacedMs'> & {
  readonly maxBodyBytes: number;
  readonly linkSeconds: number;
  readonly signing: Signing;
  /** Of which origins pages may read answers; undefined: of any. */
  readonly allowedOrigins: readonly string[] | undefined;
};

/** As base64 this is 5.6 MB of JSON, of the 6 MB that Lambda takes. */
const DEFAULT_MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Throws `internal` with a sentence that names the variable. */
export function apiEnvironment(variables: Variables = process.env): ApiEnvironment {
  const { retainReplacedMs: _, ...stores } = storeSettings(variables);
  return {
    ...stores,
    maxBodyBytes: numberVariable(variables, 'CUEPOINT_MAX_BODY_BYTES', { least: 1, otherwise: DEFAULT_MAX_BODY_BYTES }),
    linkSeconds: numberVariable(variables, 'CUEPOINT_LINK_SECONDS', { least: 2 }),
    signing: signingVariable(variables, 'CUEPOINT_SIGNING'),
    allowedOrigins: originsVariable(variables, 'CUEPOINT_ALLOWED_ORIGINS'),
  };
}

function signingVariable(variables: Variables, name: string): Signing {
  const { kind, keyPairId, privateKeySecretArn } = jsonVariable(variables, name);
  if (kind === 's3') return { kind };
  if (kind === 'cloudfront' && typeof keyPairId === 'string' && typeof privateKeySecretArn === 'string') {
    return { kind, keyPairId, privateKeySecretArn };
  }
  throw refused(variables, name, '{"kind":"s3"}, or {"kind":"cloudfront"} with keyPairId and privateKeySecretArn');
}

/** Throws for a list of nobody: that would shut all pages out. */
function originsVariable(variables: Variables, name: string): readonly string[] | undefined {
  const text = variables[name];
  if (text === undefined) return undefined;
  const origins = parsed(text);
  if (Array.isArray(origins) && origins.length > 0 && origins.every((origin) => typeof origin === 'string')) {
    return origins;
  }
  throw refused(variables, name, 'a JSON list of origins');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
