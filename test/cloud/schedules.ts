/** EventBridge's rules and schedules. Nothing runs by the clock here: whoever tests says when. */
import { randomUUID } from 'node:crypto';
import type { InvocationResult } from './function-container.ts';
import type { FunctionHost } from './function-host.ts';
import { functionPermissions, RolePolicies } from './iam.ts';
import { ACCOUNT_ID, REGION } from './physical-names.ts';
import { isAllowed } from './policy-statements.ts';
import type { ResolvedResource, Template } from './template.ts';

export type Schedule = {
  readonly logicalId: string;
  /** `rate(…)` or `cron(…)`. */
  readonly expression: string;
  /** Invokes every target, one after the other. A function that fails is in its result; nothing is tried again. */
  run(): Promise<InvocationResult[]>;
};

type Target = { readonly functionArn: string; readonly payload: () => string };

/** Throws when a target is no function of the template, or does not let EventBridge invoke it. */
export function schedulesOf(template: Template, host: (functionArn: string) => FunctionHost): Schedule[] {
  const rules = template.ofType('AWS::Events::Rule').map((rule) => {
    for (const { functionArn } of ruleTargets(rule)) refuseUnlessAllowed(template, rule, functionArn);
    return schedule(rule, ruleTargets(rule), host);
  });
  const schedules = template
    .ofType('AWS::Scheduler::Schedule')
    .map((resource) => schedule(resource, [schedulerTarget(template, resource)], host));
  return [...rules, ...schedules];
}

function schedule(
  { logicalId, properties }: ResolvedResource,
  targets: readonly Target[],
  host: (functionArn: string) => FunctionHost,
): Schedule {
  return {
    logicalId,
    expression: properties.text('ScheduleExpression'),
    async run() {
      const results: InvocationResult[] = [];
      if (properties.textOr('State', 'ENABLED') !== 'ENABLED') return results;
      for (const { functionArn, payload } of targets) results.push(await host(functionArn).invoke(payload()));
      return results;
    },
  };
}

function ruleTargets(rule: ResolvedResource): Target[] {
  return rule.properties.objects('Targets').map((target) => ({
    functionArn: target.text('Arn'),
    payload: () => target.textOr('Input', JSON.stringify(scheduledEvent(rule.attribute('Arn'), new Date()))),
  }));
}

/** The scheduler sends what it is told to, and needs no permission but its role's. */
function schedulerTarget(template: Template, { logicalId, properties }: ResolvedResource): Target {
  const target = properties.object('Target');
  const functionArn = target.text('Arn');
  const policies = RolePolicies.of(template, target.text('RoleArn'), 'scheduler.amazonaws.com');
  if (!policies.allows({ action: 'lambda:InvokeFunction', resource: functionArn })) {
    throw new Error(`the role of the schedule ${logicalId} does not let it invoke ${functionArn}`);
  }
  return { functionArn, payload: () => target.textOr('Input', '{}') };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchevents.html */
export function scheduledEvent(ruleArn: string, time: Date): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT_ID,
    time: time.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: REGION,
    resources: [ruleArn],
    detail: {},
  };
}

function refuseUnlessAllowed(template: Template, rule: ResolvedResource, functionArn: string): void {
  const lambda = template.find(functionArn, 'AWS::Lambda::Function');
  const allowed = isAllowed(functionPermissions(template, lambda), {
    action: 'lambda:InvokeFunction',
    resource: functionArn,
    principal: 'Service:events.amazonaws.com',
    context: { 'aws:SourceArn': rule.attribute('Arn') },
  });
  if (!allowed) throw new Error(`${lambda.logicalId} does not let the rule ${rule.logicalId} invoke it`);
}
