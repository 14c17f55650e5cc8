import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Access } from '../../lib/constructs/access.ts';
import type { CuepointProps } from '../../lib/constructs/cuepoint-props.ts';
import { PUBLIC_KEY_PEM, stackWith, unbundledApp } from './synthesized.ts';

/** Throws when a rule is broken and nobody gave a reason. */
function synthesizeChecked(make: (app: App) => void): void {
  const app = unbundledApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  make(app);
  app.synth();
}

test.each<[string, (stack: Stack) => Partial<CuepointProps>]>([
  ['as it is by default', () => ({})],
  ['without logs of the edge', () => ({ edgeLogs: false })],
  ['with a bucket that exists', (stack) => ({ sourceBucket: Bucket.fromBucketName(stack, 'Mine', 'our-archive') })],
  [
    'with signed access',
    (stack) => ({
      access: Access.signedUrls({
        publicKeyPem: PUBLIC_KEY_PEM,
        privateKeySecret: Secret.fromSecretNameV2(stack, 'Key', 'links'),
      }),
    }),
  ],
])('the stack %s keeps the rules of AWS Solutions, or says why not', (_, props) => {
  expect(() => synthesizeChecked((app) => stackWith(props, app))).not.toThrow();
});

test('a bucket without log and TLS would not pass', () => {
  expect(() => synthesizeChecked((app) => new Bucket(new Stack(app, 'Careless'), 'Open'))).toThrow(/AwsSolutions-S10/);
});
