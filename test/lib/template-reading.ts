/** What the tests of the stack read out of a template. */
import type { Template } from 'aws-cdk-lib/assertions';

export type Statement = {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: unknown;
  Condition?: unknown;
};
export type Resource = {
  Type: string;
  Properties: Record<string, never>;
  DeletionPolicy?: string;
  DependsOn?: string[];
};

export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

/** The one resource of a type whose logical id begins so. */
export function resource(template: Template, type: string, idPrefix: string): Resource & { id: string } {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(idPrefix));
  expect(found).toHaveLength(1);
  const [id, value] = found[0] ?? ['', { Type: '', Properties: {} }];
  return { id, ...value };
}

export function asList<Item>(value: Item | Item[]): Item[] {
  return Array.isArray(value) ? value : [value];
}

export function statementsOf(template: Template, idPrefix: string): Statement[] {
  const { Properties } = resource(template, 'AWS::IAM::Policy', idPrefix);
  return (Properties as unknown as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement;
}

/** `s3:GetObject on Media/d/*` …, of one function's role, sorted. */
export function grantsOf(template: Template, idPrefix: string): string[] {
  const grants = statementsOf(template, idPrefix).flatMap(({ Action, Resource: resources }) =>
    asList(Action).flatMap((action) => asList(resources).map((one) => `${action} on ${placeOf(one)}`)),
  );
  return grants.sort();
}

/** An ARN in words: logical ids without their hashes. */
export function placeOf(arn: unknown): string {
  const text = JSON.stringify(arn);
  const id = /"Fn::GetAtt":\["Cuepoint(\w+?)[0-9A-F]{8}","Arn"\]/.exec(text)?.[1] ?? '';
  const path = /"(\/[^"]*)"/.exec(text)?.[1] ?? '';
  return id === '' ? text : `${id}${path}`;
}
