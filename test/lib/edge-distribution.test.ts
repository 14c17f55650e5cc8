import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Access } from '../../lib/constructs/access.ts';
import { PUBLIC_KEY_PEM, templateWith } from './synthesized.ts';
import { grantsOf, resource, resourcesOf, statementsOf } from './template-reading.ts';

let template: Template;

beforeAll(() => {
  // GIVEN the stack as the project's own cdk.json has it
  template = templateWith();
});

describe('the edge', () => {
  type Behavior = Record<string, unknown> & { PathPattern?: string };
  type Config = { DefaultCacheBehavior: Behavior; CacheBehaviors: Behavior[]; Origins: { Id: string }[] };

  const configOf = (from: Template): Config => {
    const { Properties } = resource(from, 'AWS::CloudFront::Distribution', 'CuepointEdge');
    return (Properties as unknown as { DistributionConfig: Config }).DistributionConfig;
  };
  const behaviorsOf = (from: Template): Behavior[] => {
    const { DefaultCacheBehavior, CacheBehaviors } = configOf(from);
    return [...CacheBehaviors, DefaultCacheBehavior];
  };

  test('takes what only reads, by TLS, and normalises it first', () => {
    const { id } = resource(template, 'AWS::CloudFront::Function', 'CuepointEdge');
    for (const behavior of behaviorsOf(template)) {
      expect(behavior).toMatchObject({
        AllowedMethods: ['GET', 'HEAD', 'OPTIONS'],
        ViewerProtocolPolicy: 'redirect-to-https',
        Compress: false,
        FunctionAssociations: [{ EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': [id, 'FunctionARN'] } }],
      });
    }
    expect(configOf(template).CacheBehaviors.map(({ PathPattern }) => PathPattern)).toEqual([
      '/d/*',
      '/v1/*',
      '/stream/*',
    ]);
  });

  test('looks for derived objects in the bucket, and asks the api for what is not there', () => {
    const [derived] = configOf(template).CacheBehaviors;
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        OriginGroups: {
          Items: [
            Match.objectLike({
              Id: derived?.TargetOriginId,
              FailoverCriteria: { StatusCodes: { Items: [403, 404] } },
            }),
          ],
        },
      },
    });
  });

  test('both origins answer to the distribution alone', () => {
    const { Origins } = configOf(template);
    expect(Origins).toHaveLength(2);
    for (const origin of Origins) expect(origin).toHaveProperty('OriginAccessControlId');
    const { id } = resource(template, 'AWS::CloudFront::Distribution', 'CuepointEdge');
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      Bucket: { Ref: resource(template, 'AWS::S3::Bucket', 'CuepointMedia').id },
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 's3:GetObject',
            Principal: { Service: 'cloudfront.amazonaws.com' },
            Resource: { 'Fn::Join': ['', [Match.anyValue(), '/d/*']] },
            Condition: { StringEquals: { 'AWS:SourceArn': { 'Fn::Join': ['', Match.arrayWith([{ Ref: id }])] } } },
          }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM', InvokeMode: 'BUFFERED' });
    for (const Action of ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction']) {
      template.hasResourceProperties('AWS::Lambda::Permission', { Action, Principal: 'cloudfront.amazonaws.com' });
    }
  });

  test('keeps nothing longer than its origin says, and errors not at all', () => {
    for (const [, { Properties }] of resourcesOf(template, 'AWS::CloudFront::CachePolicy')) {
      expect(Properties).toMatchObject({ CachePolicyConfig: { MinTTL: 0, DefaultTTL: 0, MaxTTL: 31_536_000 } });
    }
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: {
        CustomErrorResponses: Match.arrayWith([
          { ErrorCode: 404, ErrorCachingMinTTL: 0 },
          { ErrorCode: 503, ErrorCachingMinTTL: 0 },
        ]),
      },
    });
  });

  test.each([
    ['CuepointEdgeDerivedCache', 'none', { HeaderBehavior: 'none' }],
    ['CuepointEdgePointerCache', 'all', { HeaderBehavior: 'whitelist', Headers: ['x-cuepoint-host'] }],
  ])('%s: the query is part of the key: %s', (id, QueryStringBehavior, HeadersConfig) => {
    const { Properties } = resource(template, 'AWS::CloudFront::CachePolicy', id);
    expect(Properties).toMatchObject({
      CachePolicyConfig: {
        ParametersInCacheKeyAndForwardedToOrigin: {
          QueryStringsConfig: { QueryStringBehavior },
          HeadersConfig,
          CookiesConfig: { CookieBehavior: 'none' },
          EnableAcceptEncodingGzip: false,
          EnableAcceptEncodingBrotli: false,
        },
      },
    });
  });

  test('the api hears of the name that was called, under /d/ too', () => {
    const { id } = resource(template, 'AWS::CloudFront::OriginRequestPolicy', 'CuepointEdge');
    const [derived] = configOf(template).CacheBehaviors;
    expect(derived).toMatchObject({ OriginRequestPolicyId: { Ref: id } });
    template.hasResourceProperties('AWS::CloudFront::OriginRequestPolicy', {
      OriginRequestPolicyConfig: { HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['x-cuepoint-host'] } },
    });
  });

  test('lets scripts of any origin see ranges, and browsers nothing but TLS', () => {
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        RemoveHeadersConfig: Match.absent(),
        CorsConfig: {
          OriginOverride: false,
          AccessControlAllowCredentials: false,
          AccessControlAllowHeaders: { Items: Match.arrayWith(['Range']) },
          AccessControlExposeHeaders: {
            Items: Match.arrayWith(['Accept-Ranges', 'Content-Length', 'Content-Range', 'ETag', 'Cuepoint-Revision']),
          },
        },
        SecurityHeadersConfig: {
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, Override: true },
          ContentTypeOptions: { Override: true },
        },
      },
    });
  });

  describe('with a list of origins', () => {
    const ALLOWED = ['https://player.example', 'http://localhost:5173'];
    let listed: Template;
    beforeAll(() => {
      listed = templateWith(() => ({ allowedOrigins: ALLOWED }));
    });

    test('the policy decides, whatever the api said to whom', () => {
      listed.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
        ResponseHeadersPolicyConfig: {
          CorsConfig: { OriginOverride: true, AccessControlAllowOrigins: { Items: ALLOWED } },
          CustomHeadersConfig: {
            Items: [
              { Header: 'Cross-Origin-Resource-Policy', Value: 'same-site', Override: true },
              { Header: 'Timing-Allow-Origin', Value: ALLOWED.join(', '), Override: true },
            ],
          },
          RemoveHeadersConfig: {
            Items: [{ Header: 'Access-Control-Allow-Origin' }, { Header: 'Access-Control-Expose-Headers' }],
          },
        },
      });
    });

    test('the api has the list, and hears of no origin: what it says is kept for all', () => {
      expect(resource(listed, 'AWS::Lambda::Function', 'CuepointApi').Properties).toMatchObject({
        Environment: { Variables: { CUEPOINT_ALLOWED_ORIGINS: JSON.stringify(ALLOWED) } },
      });
      for (const type of ['AWS::CloudFront::CachePolicy', 'AWS::CloudFront::OriginRequestPolicy']) {
        const policies = resourcesOf(listed, type);
        expect(policies.length).toBeGreaterThan(0);
        expect(JSON.stringify(policies)).not.toMatch(/"origin"|allViewer|allExcept/i);
      }
    });

    test('the function at the edge has it, and no more than its 10 KB with the longest list', () => {
      const codeOf = (template: Template): string =>
        Object(resource(template, 'AWS::CloudFront::Function', 'CuepointEdge').Properties).FunctionCode;
      expect(codeOf(listed)).toContain(`\nconst ALLOWED_ORIGINS = ${JSON.stringify(ALLOWED)};\n`);
      const file = readFileSync(join(import.meta.dirname, '../../lib/constructs/edge-function.js'), 'utf8');
      expect(codeOf(listed).length - file.length).toBe(JSON.stringify(ALLOWED).length - "['*']".length);
      expect(codeOf(template)).toBe(file);
      const longest = Array.from({ length: 148 }, (_, index) => `http://a${(index + 36).toString(36)}`);
      expect(longest.join(', ').length).toBe(1774);
      expect(Buffer.byteLength(codeOf(templateWith(() => ({ allowedOrigins: longest }))))).toBeLessThanOrEqual(10_240);
    });
  });

  test('writes its log to a bucket', () => {
    const { id } = resource(template, 'AWS::S3::Bucket', 'CuepointAccessLogs');
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { Logging: { Bucket: { 'Fn::GetAtt': [id, 'RegionalDomainName'] }, Prefix: 'edge/' } },
    });
  });

  test('writes none where it cannot', () => {
    expect(configOf(templateWith(() => ({ edgeLogs: false })))).not.toHaveProperty('Logging');
  });

  test('signed: every path asks for a signature of the key, and the api has the other half', () => {
    const signed = templateWith((stack) => ({ access: signedAccess(stack) }));
    const { id: keyGroup } = resource(signed, 'AWS::CloudFront::KeyGroup', 'Cuepoint');
    const { id: publicKey } = resource(signed, 'AWS::CloudFront::PublicKey', 'Cuepoint');
    for (const behavior of behaviorsOf(signed))
      expect(behavior).toMatchObject({ TrustedKeyGroups: [{ Ref: keyGroup }] });
    const { Properties } = resource(signed, 'AWS::Lambda::Function', 'CuepointApi');
    const { Variables } = (Properties as unknown as { Environment: { Variables: Record<string, unknown> } })
      .Environment;
    expect(Variables.CUEPOINT_SIGNING).toEqual({
      'Fn::Join': [
        '',
        ['{"kind":"cloudfront","keyPairId":"', { Ref: publicKey }, `","privateKeySecretArn":"${SECRET_ARN}"}`],
      ],
    });
    expect(grantsOf(signed, 'CuepointApi')).toContain(`secretsmanager:GetSecretValue on "${SECRET_ARN}"`);
  });

  test('public: nobody is asked for a signature, and links are S3’s own', () => {
    for (const behavior of behaviorsOf(template)) expect(behavior).not.toHaveProperty('TrustedKeyGroups');
    const { Properties } = resource(template, 'AWS::Lambda::Function', 'CuepointApi');
    expect(Properties).toMatchObject({ Environment: { Variables: { CUEPOINT_SIGNING: '{"kind":"s3"}' } } });
    expect(JSON.stringify(statementsOf(template, 'CuepointApi'))).not.toContain('secretsmanager');
  });
});

const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:links-AbCdEf';

function signedAccess(stack: Parameters<typeof Secret.fromSecretCompleteArn>[0]): Access {
  const privateKeySecret = Secret.fromSecretCompleteArn(stack, 'LinkKey', SECRET_ARN);
  return Access.signedUrls({ publicKeyPem: PUBLIC_KEY_PEM, privateKeySecret });
}
