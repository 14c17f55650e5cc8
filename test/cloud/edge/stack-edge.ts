/** The distribution of a stack, as it is synthesized, before a bucket and an api that are HTTP servers. */
import type { Template } from 'aws-cdk-lib/assertions';
import { isList, isProperties, type PlainProperties, type PlainValue } from '../plain-values.ts';
import { originsAt, type TestOrigin } from './edge-fixture.ts';
import { type Edge, startEdge } from './start-edge.ts';

export function stackEdge(
  template: Template,
  servers: { readonly bucket: TestOrigin; readonly api: TestOrigin },
): Promise<Edge> {
  const [distribution] = resourcesOf(template, 'AWS::CloudFront::Distribution');
  if (distribution === undefined) throw new Error('the stack has no distribution');
  const known = originsAt(servers);
  return startEdge({
    distribution: distribution.properties,
    resources: new Map(resourcesOf(template, 'AWS::CloudFront::').map((resource) => [resource.physicalId, resource])),
    origins: { s3: () => known.s3('bucket'), functionUrl: () => known.functionUrl('api') },
    port: 0,
  });
}

/** References become the names they refer to, which is enough here: nothing of it is asked by name. */
function resourcesOf(template: Template, type: string) {
  const all: Record<string, { Type: string; Properties?: PlainProperties }> = template.toJSON().Resources;
  return Object.entries(all)
    .filter(([, resource]) => resource.Type.startsWith(type))
    .map(([id, resource]) => ({
      type: resource.Type,
      physicalId: id,
      properties: asProperties(resolved(resource.Properties ?? {})),
    }));
}

function resolved(value: PlainValue): PlainValue {
  if (isList(value)) return value.map(resolved);
  if (!isProperties(value)) return value;
  const target = value.Ref ?? value['Fn::GetAtt'];
  if (typeof target === 'string') return target;
  if (isList(target)) return target[0] ?? '';
  const intrinsic = Object.keys(value).find((name) => name.startsWith('Fn::'));
  if (intrinsic !== undefined) return `${intrinsic.slice('Fn::'.length).toLowerCase()}.example`;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, resolved(each)]));
}

function asProperties(value: PlainValue): PlainProperties {
  if (!isProperties(value)) throw new Error('a resource of the template has no properties');
  return value;
}
