import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Exceptions from cdk-nag's rules, each with the reason why the rule does not fit here. Rules that report several findings
 * a resource are named with the finding: `AwsSolutions-IAM5[Resource::*]`.
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}

/** How cdk-nag names its finding that a policy is about the resource `arn`, which has a wildcard. */
export function resourceFinding(scope: IConstruct, arn: string): string {
  return `AwsSolutions-IAM5[Resource::${flattened(Stack.of(scope).resolve(arn))}]`;
}

/** A resolved token as one text, in cdk-nag's notation: `<LogicalId.Arn>/d/*`. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value) return `<${flattened(value.Ref)}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [delimiter, parts]: unknown[] = value['Fn::Join'];
    return (Array.isArray(parts) ? parts : []).map(flattened).join(String(delimiter));
  }
  return JSON.stringify(value);
}
