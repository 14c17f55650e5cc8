import { RolePolicies } from './iam.ts';
import { type PlainProperties, Properties } from './plain-values.ts';
import { isAllowed, type PolicyRequest, readStatements, wildcardMatches } from './policy-statements.ts';

const read = (...statements: PlainProperties[]) => readStatements(new Properties({ Statement: statements }, 'policy'));

const READ_D = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/d/*' };
const FROM_CDN = {
  ...READ_D,
  Principal: { Service: 'cloudfront.amazonaws.com' },
  Condition: { StringEquals: { 'AWS:SourceArn': 'arn:d1' } },
};
const TLS_ONLY = {
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: 's3:*',
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

describe('a policy', () => {
  const get = (resource: string, more: Partial<PolicyRequest> = {}): PolicyRequest => ({
    action: 's3:GetObject',
    resource: `arn:aws:s3:::b/${resource}`,
    ...more,
  });
  const cdn = 'Service:cloudfront.amazonaws.com';
  const cases: [name: string, statements: PlainProperties[], request: PolicyRequest, expected: boolean][] = [
    ['allows what it names', [READ_D], get('d/x'), true],
    ['allows nothing else: another prefix', [READ_D], get('manifests/x'), false],
    ['allows nothing else: another action', [READ_D], get('d/x', { action: 's3:GetObjectTagging' }), false],
    ['allows nothing when it is empty', [], get('d/x'), false],
    ['has actions in any case', [READ_D], get('d/x', { action: 'S3:getobject' }), true],
    ['has resources in their own case', [READ_D], get('D/x'), false],
    ['takes patterns of actions', [{ ...READ_D, Action: ['s3:Get*', 's3:List*'] }], get('d/x'), true],
    ['denies over what it allows', [READ_D, { ...READ_D, Effect: 'Deny' }], get('d/x'), false],
    ['knows who asks', [FROM_CDN], get('d/x', { principal: cdn, context: { 'aws:SourceArn': 'arn:d1' } }), true],
    ['knows who does not', [FROM_CDN], get('d/x', { context: { 'aws:SourceArn': 'arn:d1' } }), false],
    ['holds conditions', [FROM_CDN], get('d/x', { principal: cdn, context: { 'aws:SourceArn': 'arn:d2' } }), false],
    ['holds conditions that nothing is known of', [FROM_CDN], get('d/x', { principal: cdn }), false],
    ['denies by condition', [READ_D, TLS_ONLY], get('d/x', { context: { 'aws:SecureTransport': 'false' } }), false],
    ['denies by condition only', [READ_D, TLS_ONLY], get('d/x', { context: { 'aws:SecureTransport': 'true' } }), true],
  ];
  test.each(cases)('%s', (_name, statements, request, expected) => {
    expect(isAllowed(read(...statements), request)).toBe(expected);
  });

  test('with what is not known here stops the check by name', () => {
    expect(() => read({ ...READ_D, NotAction: 's3:*' })).toThrow(/NotAction/);
    const odd = { ...READ_D, Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01' } } };
    expect(() => isAllowed(read(odd), get('d/x'))).toThrow(/DateLessThan/);
  });

  test('wildcards match whole texts, and nothing in them is a regular expression', () => {
    expect(wildcardMatches('a.b*', 'a.bcd')).toBe(true);
    expect(wildcardMatches('a.b*', 'axbcd')).toBe(false);
    expect(wildcardMatches('a?c', 'abc')).toBe(true);
    expect(wildcardMatches('a', 'ab')).toBe(false);
    expect(wildcardMatches('*', 'a/b\nc')).toBe(true);
  });
});

describe('grants of a role', () => {
  const policies = new RolePolicies(
    read({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: ['arn:aws:s3:::b/d/*', 'arn:aws:s3:::b/m/*'],
    }),
  );

  test('that no call needed are told, each action on each resource by itself', () => {
    const needed = [
      { action: 's3:GetObject', resource: 'arn:aws:s3:::b/d/1' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::b/m/1' },
    ];
    expect(policies.unused(needed)).toMatchObject([
      { action: 's3:GetObject', resource: 'arn:aws:s3:::b/m/*' },
      { action: 's3:PutObject', resource: 'arn:aws:s3:::b/d/*' },
    ]);
  });

  test('are all unused when nothing was called', () => {
    expect(policies.unused([])).toHaveLength(4);
  });
});
