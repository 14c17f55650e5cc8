import { type References, resolveValue } from './intrinsics.ts';
import type { PlainValue } from './plain-values.ts';

const references: References = {
  ref(name) {
    if (name === 'AWS::NoValue') return undefined;
    if (name === 'Bucket') return 'my-bucket';
    if (name === 'AWS::Region') return 'us-east-1';
    throw new Error(`nothing is called ${name}`);
  },
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes',
  mapping: () => ({ east: { size: 'small' } }),
  importValue: (name) => `imported ${name}`,
};

const resolve = (value: PlainValue) => resolveValue(value, references, 'here');

describe('intrinsic functions', () => {
  const cases: [name: string, value: PlainValue, expected: PlainValue | undefined][] = [
    ['plain values stay', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
    ['lists in lists stay', { a: [[1, [2]], []] }, { a: [[1, [2]], []] }],
    ['Ref', { Ref: 'Bucket' }, 'my-bucket'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    ['GetAtt as text', { 'Fn::GetAtt': 'Queue.Arn' }, 'Queue/Arn'],
    ['GetAtt with dots in the attribute', { 'Fn::GetAtt': 'Nested.Outputs.Name' }, 'Nested/Outputs.Name'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Bucket' }, 1]] }, 'a-my-bucket-1'],
    ['Sub of references and attributes', { 'Fn::Sub': '$' + '{Bucket}/$' + '{Queue.Arn}' }, 'my-bucket/Queue/Arn'],
    ['Sub with its own variables', { 'Fn::Sub': ['$' + '{x}!', { x: { Ref: 'Bucket' } }] }, 'my-bucket!'],
    ['Sub with what is to stay', { 'Fn::Sub': '$' + '{!Literal}' }, '$' + '{Literal}'],
    ['Select of Split', { 'Fn::Select': [2, { 'Fn::Split': ['/', 'https://host/path'] }] }, 'host'],
    ['Select by an index in words', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['If, true', { 'Fn::If': ['Yes', 'a', 'b'] }, 'a'],
    ['If, false', { 'Fn::If': ['No', 'a', { Ref: 'Bucket' }] }, 'my-bucket'],
    ['If without a value leaves the name out', { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: 2 }, { b: 2 }],
    ['items without a value are left out', [{ Ref: 'AWS::NoValue' }, 1], [1]],
    ['Equals', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] }, true],
    ['Not', { 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }, true],
    ['And of conditions', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    ['Or of conditions', { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'east', 'size'] }, 'small'],
    ['ImportValue', { 'Fn::ImportValue': 'shared' }, 'imported shared'],
    ['ToJsonString', { 'Fn::ToJsonString': { a: { Ref: 'Bucket' } } }, '{"a":"my-bucket"}'],
    [
      'a Condition of a policy is no intrinsic',
      { Condition: { Bool: { x: 'true' } } },
      { Condition: { Bool: { x: 'true' } } },
    ],
  ];
  test.each(cases)('%s', (_name, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  const refused: [name: string, value: PlainValue, message: RegExp][] = [
    ['an unknown function, by name', { a: { 'Fn::Cidr': ['10.0.0.0/16', 6, 5] } }, /here\.a uses Fn::Cidr/],
    ['a function beside other names', { 'Fn::Join': ['', []], b: 1 }, /Fn::Join beside 1 other/],
    ['a dynamic reference', 'x{{resolve:ssm:name}}', /dynamic reference/],
    ['a reference to nothing', { Ref: 'Nothing' }, /nothing is called Nothing/],
    ['an object where text belongs', { 'Fn::Join': ['', [{ a: 1 }]] }, /expected a string or a number/],
    ['a list that is too short', { 'Fn::Select': [3, ['a']] }, /item 3 of 1/],
    ['a row that a mapping does not have', { 'Fn::FindInMap': ['Sizes', 'west', 'size'] }, /Sizes, west, size/],
  ];
  test.each(refused)('stops at %s', (_name, value, message) => {
    expect(() => resolve(value)).toThrow(message);
  });
});
