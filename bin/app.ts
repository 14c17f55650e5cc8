/** What `cdk` runs: one stack, as the context says, checked by cdk-nag. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readConfig } from '../lib/config.ts';
import { CuepointStack } from '../lib/cuepoint-stack.ts';

const app = new App();
const config = readConfig(app.node.getAllContext());
new CuepointStack(app, config.stackName, {
  description: 'Cuepoint: any byte or any second of any audio file, straight out of object storage',
  cuepoint: config.props,
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
