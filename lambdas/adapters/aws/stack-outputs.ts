import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CuepointError } from '../../core/errors.ts';
import { failureName, serviceFailure } from './service-failure.ts';

/** The outputs of a deployed stack by their names. Throws `not_found` when there is no such stack in the region. */
export async function readStackOutputs(stackName: string): Promise<Readonly<Record<string, string>>> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
    const outputs = Stacks[0]?.Outputs ?? [];
    return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  } catch (error) {
    // CloudFormation says so of a stack that is not there, and of nothing else that this request can be wrong about.
    if (failureName(error) === 'ValidationError') {
      throw new CuepointError(
        'not_found',
        `there is no stack ${JSON.stringify(stackName)} in this account and region; set AWS_REGION and AWS_PROFILE to those it was deployed with`,
        { cause: error },
      );
    }
    throw serviceFailure(error, `looking up the stack ${JSON.stringify(stackName)}`);
  } finally {
    client.destroy();
  }
}
