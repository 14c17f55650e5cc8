import { RolePolicies } from './iam.ts';
import { PhysicalNames } from './physical-names.ts';
import type { PlainProperties } from './plain-values.ts';
import { probeTemplate } from './probe/probe-assembly.ts';
import { Template } from './template.ts';

const names = new PhysicalNames({ stackName: 'Probe', suffix: 'abc', queueOrigin: 'http://127.0.0.1:21000' });

function load(template: PlainProperties, options: { parameters?: Record<string, string> } = {}): Template {
  return new Template({ folder: '', stackName: 'Probe', template, assetFolders: new Map() }, { names, ...options });
}

const queue = (properties: PlainProperties = {}) => ({ Type: 'AWS::SQS::Queue', Properties: properties });

describe('a template', () => {
  test('gives resources their names, and outputs what they refer to', () => {
    const template = load(probeTemplate({}));
    expect(template.outputs.get('Bucket')).toBe('probe-uploads-00000001-abc');
    expect(template.outputs.get('QueueUrl')).toBe('http://127.0.0.1:21000/000000000000/probe-work-00000001-abc');
    const [mapping] = template.ofType('AWS::Lambda::EventSourceMapping');
    expect(mapping?.properties.text('EventSourceArn')).toBe(
      'arn:aws:sqs:us-east-1:000000000000:probe-work-00000001-abc',
    );
  });

  test('resources are found by id and by ARN; others are not, and what there is is named', () => {
    const template = load(probeTemplate({}));
    const [lambda] = template.ofType('AWS::Lambda::Function');
    const arn = lambda?.attribute('Arn') ?? '';
    expect(template.find(arn, 'AWS::Lambda::Function')).toBe(lambda);
    expect(template.find(lambda?.physicalId ?? '', 'AWS::Lambda::Function')).toBe(lambda);
    expect(() => template.find(arn, 'AWS::SQS::Queue')).toThrow(/there are: .*probe-work-00000001-abc/);
  });

  test('the policies of a role are those inside it and those attached to it', () => {
    const base = probeTemplate({});
    const template = load({
      ...base,
      Resources: {
        ...(base.Resources as PlainProperties),
        Extra00000001: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            PolicyName: 'extra',
            Roles: [{ Ref: 'ProbeRole00000001' }],
            PolicyDocument: { Statement: { Effect: 'Allow', Action: 'sqs:PurgeQueue', Resource: '*' } },
          },
        },
      },
    });
    const [lambda] = template.ofType('AWS::Lambda::Function');
    const actions = RolePolicies.of(template, lambda?.properties.text('Role') ?? '')
      .grants()
      .map(({ action }) => action);
    expect(actions).toContain('sqs:PurgeQueue');
    expect(actions).toContain('dynamodb:PutItem');
  });

  test('parameters have values given, or their defaults', () => {
    const template: PlainProperties = {
      Parameters: { Delay: { Type: 'Number', Default: 3 }, Timeout: { Type: 'Number' } },
      Resources: { Q: queue({ DelaySeconds: { Ref: 'Delay' }, VisibilityTimeout: { Ref: 'Timeout' } }) },
    };
    const [found] = load(template, { parameters: { Timeout: '9' } }).ofType('AWS::SQS::Queue');
    expect(found?.properties.numberOr('DelaySeconds', 0)).toBe(3);
    expect(found?.properties.numberOr('VisibilityTimeout', 0)).toBe(9);
    expect(() => load(template)).toThrow(/parameter Timeout has no default/);
  });

  test('resources whose condition does not hold are not there', () => {
    const template = load({
      Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'nowhere'] } },
      Resources: { A: queue(), B: { ...queue(), Condition: 'Never' } },
    });
    expect(template.ofType('AWS::SQS::Queue').map(({ logicalId }) => logicalId)).toEqual(['A']);
  });

  const refused: [name: string, template: PlainProperties, message: RegExp][] = [
    [
      'resource types that are not known, all of them at once',
      { Resources: { A: { Type: 'AWS::EC2::VPC' }, B: { Type: 'Custom::Thing' } } },
      /does not know AWS::EC2::VPC \(A\), Custom::Thing \(B\)/,
    ],
    ['properties that are not known', { Resources: { A: queue({ FifoQueue: true }) } }, /\(A\) has FifoQueue/],
    [
      'attributes that are not known',
      { Resources: { A: queue() }, Outputs: { X: { Value: { 'Fn::GetAtt': ['A', 'Colour'] } } } },
      /has no attribute Colour/,
    ],
    ['sections that are not known', { Resources: {}, Transform: 'AWS::Serverless-2016-10-31' }, /section Transform/],
    [
      'resources that refer to each other',
      {
        Resources: {
          A: queue({ DelaySeconds: { 'Fn::GetAtt': ['B', 'Arn'] } }),
          B: queue({ DelaySeconds: { 'Fn::GetAtt': ['A', 'Arn'] } }),
        },
      },
      /refers to itself/,
    ],
    [
      'references to nothing',
      { Resources: { A: queue({ DelaySeconds: { Ref: 'B' } }) } },
      /refers to B, which is nothing/,
    ],
  ];
  test.each(refused)('stops at %s', (_name, template, message) => {
    expect(() => load(template)).toThrow(message);
  });
});
