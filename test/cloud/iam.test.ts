import { functionPermissions, RolePolicies, resourcePolicy } from './iam.ts';
import { PhysicalNames } from './physical-names.ts';
import type { PlainProperties } from './plain-values.ts';
import { isAllowed, type PolicyRequest } from './policy-statements.ts';
import { probeTemplate } from './probe/probe-assembly.ts';
import { Template } from './template.ts';

const names = new PhysicalNames({ stackName: 'Probe', suffix: 'abc', queueOrigin: 'http://127.0.0.1:21000' });
const DISTRIBUTION = 'arn:aws:cloudfront::000000000000:distribution/E1';

function load(more: PlainProperties): Template {
  const base = probeTemplate({});
  const template = { ...base, Resources: { ...(base.Resources as PlainProperties), ...more } };
  return new Template({ folder: '', stackName: 'Probe', template, assetFolders: new Map() }, { names });
}

const permission = (values: PlainProperties): PlainProperties => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { Ref: 'Probe00000001' }, Principal: 'cloudfront.amazonaws.com', ...values },
});

describe('who may invoke a function', () => {
  const invoke: Omit<PolicyRequest, 'resource'> = {
    action: 'lambda:InvokeFunctionUrl',
    principal: 'Service:cloudfront.amazonaws.com',
    context: {
      'aws:SourceArn': DISTRIBUTION,
      'lambda:FunctionUrlAuthType': 'AWS_IAM',
      'lambda:InvokedViaFunctionUrl': 'true',
    },
  };
  const cases: [name: string, permission: PlainProperties, expected: boolean][] = [
    ['whom it names', { Action: 'lambda:InvokeFunctionUrl', SourceArn: DISTRIBUTION }, true],
    ['nobody by another action', { Action: 'lambda:InvokeFunction', SourceArn: DISTRIBUTION }, false],
    ['nobody of another source', { Action: 'lambda:InvokeFunctionUrl', SourceArn: `${DISTRIBUTION}2` }, false],
    ['nobody else', { Action: 'lambda:InvokeFunctionUrl', Principal: 's3.amazonaws.com' }, false],
    ['by the way of signing it names', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'AWS_IAM' }, true],
    ['by no other way of signing', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' }, false],
    ['not otherwise than it says', { Action: 'lambda:InvokeFunctionUrl', InvokedViaFunctionUrl: false }, false],
  ];
  test.each(cases)('%s', (_name, values, expected) => {
    const template = load({ Allow00000001: permission(values) });
    const [lambda] = template.ofType('AWS::Lambda::Function');
    if (lambda === undefined) throw new Error('the template has no function');
    const statements = functionPermissions(template, lambda);
    expect(isAllowed(statements, { ...invoke, resource: lambda.attribute('Arn') })).toBe(expected);
  });
});

describe('a role', () => {
  test('is there for the service that it trusts', () => {
    const template = load({});
    const [role] = template.ofType('AWS::IAM::Role');
    const arn = role?.attribute('Arn') ?? '';
    expect(RolePolicies.of(template, arn).grants().length).toBeGreaterThan(0);
    expect(() => RolePolicies.of(template, arn, 'scheduler.amazonaws.com')).toThrow(/does not let scheduler/);
  });
});

describe('the policy of a queue', () => {
  test('is found by its URL, and lets in whom it names', () => {
    const template = load({});
    const queue = template.find(names.queueUrl('Work00000001'), 'AWS::SQS::Queue');
    const statements = resourcePolicy(template, queue.physicalId);
    const sent = (bucket: string): PolicyRequest => ({
      action: 'sqs:SendMessage',
      resource: queue.attribute('Arn'),
      principal: 'Service:s3.amazonaws.com',
      context: { 'aws:SourceArn': `arn:aws:s3:::${bucket}` },
    });
    expect(isAllowed(statements, sent('probe-uploads-00000001-abc'))).toBe(true);
    expect(isAllowed(statements, sent('another'))).toBe(false);
    expect(resourcePolicy(template, names.queueUrl('Dead00000001'))).toEqual([]);
  });
});

describe('names', () => {
  test('are fit for buckets, and different for different resources', () => {
    const longest = names.name(`${'Very'.repeat(40)}ABCDEF12`);
    expect(longest).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
    expect(names.name(`${'Very'.repeat(40)}ABCDEF13`)).not.toBe(longest);
  });

  test('have a suffix that is one', () => {
    expect(() => new PhysicalNames({ stackName: 'S', suffix: 'A_b', queueOrigin: '' })).toThrow(/"A_b" is no name/);
  });
});
