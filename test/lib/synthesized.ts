import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Access } from '../../lib/constructs/access.ts';
import type { CuepointProps } from '../../lib/constructs/cuepoint-props.ts';
import { CuepointStack } from '../../lib/cuepoint-stack.ts';

/** Where apps are synthesized to, of one test file. CDK would leave a folder behind for each. */
const OUTPUTS = mkdtempSync(join(tmpdir(), 'cuepoint-synth-'));
let outputs = 0;
afterAll(() => rmSync(OUTPUTS, { recursive: true, force: true }));

const ROOT = join(import.meta.dirname, '..', '..');

/** What the project's own cdk.json says to every synth. */
export function projectContext(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')).context;
}

/** An app as `cdk` makes it, except that no code is bundled: that is lib/bundles.ts, which has tests of its own. */
export function unbundledApp(): App {
  const outdir = join(OUTPUTS, String(outputs++));
  return new App({ outdir, context: { ...projectContext(), 'aws:cdk:bundling-stacks': [] } });
}

/** A throwaway key, 2048 bits of RSA: only its form matters to a template. */
export const PUBLIC_KEY_PEM = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo
4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u
+qKhbwKfBstIs+bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyeh
kd3qqGElvW/VDL5AaWTg0nLVkjRo9z+40RQzuVaE8AkAFmxZzow3x+VJYKdjykkJ
0iT9wCS0DRTXu269V264Vf/3jvredZiKRkgwlL9xNAwxXFg0x/XFw005UWVRIkdg
cKWTjpBP2dPwVZ4WWC+9aGVd+Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbc
mwIDAQAB
-----END PUBLIC KEY-----
`;

export function stackWith(
  props: (stack: Stack) => Partial<CuepointProps> = () => ({}),
  app: App = unbundledApp(),
): CuepointStack {
  return new CuepointStack(app, 'Audio', {
    cuepoint: (stack) => ({ access: Access.publicRead(), ...props(stack) }),
  });
}

export function templateWith(props?: (stack: Stack) => Partial<CuepointProps>): Template {
  return Template.fromStack(stackWith(props));
}
