import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Cuepoint } from './constructs/cuepoint.ts';
import type { CuepointProps } from './constructs/cuepoint-props.ts';

export interface CuepointStackProps extends StackProps {
  /** Made with the stack as their scope, since some refer to resources (an existing bucket, a secret). */
  readonly cuepoint: (stack: Stack) => CuepointProps;
}

/** One Cuepoint and nothing else, with the outputs that the command line reads. */
export class CuepointStack extends Stack {
  constructor(scope: Construct, id: string, props: CuepointStackProps) {
    const { cuepoint, ...stackProps } = props;
    super(scope, id, stackProps);
    const { outputs } = new Cuepoint(this, 'Cuepoint', cuepoint(this));
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
