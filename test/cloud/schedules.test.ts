import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhysicalNames } from './physical-names.ts';
import { isProperties, type PlainProperties, parsePlain } from './plain-values.ts';
import { probeTemplate } from './probe/probe-assembly.ts';
import { scheduledEvent, schedulesOf } from './schedules.ts';
import { Template } from './template.ts';

const names = new PhysicalNames({ stackName: 'Probe', suffix: 'abc', queueOrigin: 'http://127.0.0.1:21000' });
const FUNCTION_ARN = { 'Fn::GetAtt': ['Probe00000001', 'Arn'] };

const RULE: PlainProperties = {
  Type: 'AWS::Events::Rule',
  Properties: { ScheduleExpression: 'rate(1 hour)', State: 'ENABLED', Targets: [{ Id: 'a', Arn: FUNCTION_ARN }] },
};
const PERMISSION: PlainProperties = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    Action: 'lambda:InvokeFunction',
    FunctionName: FUNCTION_ARN,
    Principal: 'events.amazonaws.com',
    SourceArn: { 'Fn::GetAtt': ['Rule00000001', 'Arn'] },
  },
};

function load(more: PlainProperties): Template {
  const base = probeTemplate({});
  const template = { ...base, Resources: { ...(base.Resources as PlainProperties), ...more } };
  return new Template({ folder: '', stackName: 'Probe', template, assetFolders: new Map() }, { names });
}

const nobody = () => {
  throw new Error('nothing is to run here');
};

describe('schedules', () => {
  test('are those of the template', () => {
    const found = schedulesOf(load({ Rule00000001: RULE, Allow00000001: PERMISSION }), nobody);
    expect(found).toMatchObject([{ logicalId: 'Rule00000001', expression: 'rate(1 hour)' }]);
  });

  test('that the function does not let in stop the cloud', () => {
    expect(() => schedulesOf(load({ Rule00000001: RULE }), nobody)).toThrow(/does not let the rule Rule00000001/);
  });

  test('that are disabled do nothing', async () => {
    const disabled = { ...RULE, Properties: { ...(RULE.Properties as PlainProperties), State: 'DISABLED' } };
    const [schedule] = schedulesOf(load({ Rule00000001: disabled, Allow00000001: PERMISSION }), nobody);
    expect(await schedule?.run()).toEqual([]);
  });

  test('send the event that EventBridge sends: its names are those of the recorded one', () => {
    const recorded = parsePlain(readFileSync(join(__dirname, '../../events/schedule.json'), 'utf8'));
    const names = isProperties(recorded) ? Object.keys(recorded).sort() : [];
    const event = scheduledEvent('arn:rule', new Date(0));
    expect(Object.keys(event).sort()).toEqual(names);
    expect(event).toMatchObject({ time: '1970-01-01T00:00:00Z', resources: ['arn:rule'] });
  });
});
