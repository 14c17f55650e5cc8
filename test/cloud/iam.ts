/** Who may do what: the policies of the functions' roles and of the resources, as the template has them. */
import {
  isAllowed,
  type PolicyRequest,
  readStatements,
  type Statement,
  statementMatches,
} from './policy-statements.ts';
import type { ResolvedResource, Template } from './template.ts';

/** What one call needed. A copy needs two: reading here, writing there. */
export type NeededPermission = { readonly action: string; readonly resource: string };

/** One action on one resource pattern that a role is granted. */
export type Grant = { readonly action: string; readonly resource: string; readonly statement: Statement };

/** https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html and alike. */
const MANAGED_POLICIES: Readonly<Record<string, readonly string[]>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess': ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
};

export class RolePolicies {
  readonly statements: readonly Statement[];

  constructor(statements: readonly Statement[]) {
    this.statements = statements;
  }

  /**
   * Throws when the template has no role with this ARN, one that the service may not take on, or one with a managed policy
   * that is not known here.
   */
  static of(template: Template, roleArn: string, service = 'lambda.amazonaws.com'): RolePolicies {
    const role = template.find(roleArn, 'AWS::IAM::Role');
    refuseUnlessTrusted(role, service);
    const inline = role.properties.objects('Policies').map((policy) => policy.object('PolicyDocument'));
    const attached = template
      .ofType('AWS::IAM::Policy')
      .filter((policy) => policy.properties.texts('Roles').includes(role.physicalId))
      .map((policy) => policy.properties.object('PolicyDocument'));
    return new RolePolicies([...[...inline, ...attached].flatMap(readStatements), ...managedStatements(role)]);
  }

  allows(request: PolicyRequest): boolean {
    return isAllowed(this.statements, request);
  }

  grants(): Grant[] {
    return this.statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((statement) =>
        statement.actions.flatMap((action) => statement.resources.map((resource) => ({ action, resource, statement }))),
      );
  }

  /** Grants that no call of these needed. */
  unused(needed: readonly NeededPermission[]): Grant[] {
    return this.grants().filter(({ action, resource, statement }) => {
      const grant = { ...statement, actions: [action], resources: [resource], conditions: [] };
      return !needed.some((request) => statementMatches(grant, request));
    });
  }
}

function refuseUnlessTrusted(role: ResolvedResource, service: string): void {
  // A trust policy names no resource: it is about the role that it belongs to.
  const trust = readStatements(role.properties.object('AssumeRolePolicyDocument')).map((statement) => ({
    ...statement,
    resources: ['*'],
  }));
  const request = { action: 'sts:AssumeRole', resource: role.attribute('Arn'), principal: `Service:${service}` };
  if (!isAllowed(trust, request)) throw new Error(`the role ${role.logicalId} does not let ${service} take it on`);
}

function managedStatements(role: ResolvedResource): Statement[] {
  return role.properties.texts('ManagedPolicyArns').map((arn) => {
    const actions = MANAGED_POLICIES[arn];
    if (actions === undefined) throw new Error(`role ${role.logicalId} has the managed policy ${arn}, not known here`);
    return { effect: 'Allow', actions, resources: ['*'], principals: [], conditions: [] };
  });
}

/** The policy of a bucket (by name) or queue (by URL); none: no statements. */
export function resourcePolicy(template: Template, physicalId: string): Statement[] {
  return template
    .ofType('AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy')
    .filter(({ properties }) => [...properties.texts('Bucket'), ...properties.texts('Queues')].includes(physicalId))
    .flatMap(({ properties }) => readStatements(properties.object('PolicyDocument')));
}

/** Statements from the `AWS::Lambda::Permission`s of a function. */
export function functionPermissions(template: Template, lambda: ResolvedResource): Statement[] {
  const arn = lambda.attribute('Arn');
  return template
    .ofType('AWS::Lambda::Permission')
    .filter(({ properties }) => [arn, lambda.physicalId].includes(properties.text('FunctionName')))
    .map(({ properties }) => {
      const principal = properties.text('Principal');
      const sourceArn = properties.textOr('SourceArn', undefined);
      const urlAuth = properties.textOr('FunctionUrlAuthType', undefined);
      const viaUrl = properties.values.InvokedViaFunctionUrl;
      return {
        effect: 'Allow',
        actions: [properties.text('Action')],
        resources: [arn],
        principals: [principal === '*' ? '*' : `Service:${principal}`],
        conditions: [
          ...condition('ArnLike', 'AWS:SourceArn', sourceArn),
          ...condition('StringEquals', 'lambda:FunctionUrlAuthType', urlAuth),
          ...condition('Bool', 'lambda:InvokedViaFunctionUrl', viaUrl === undefined ? undefined : String(viaUrl)),
        ],
      };
    });
}

function condition(operator: string, key: string, value: string | undefined) {
  return value === undefined ? [] : [{ operator, key, values: [value] }];
}
