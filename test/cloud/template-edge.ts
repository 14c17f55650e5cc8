/** The template's distribution, before the origins that it has. */

import type { AdversarialEdge, EdgeResource } from './edge/ports.ts';
import { type Edge, startEdge } from './edge/start-edge.ts';
import { edgeOrigins } from './edge-origins.ts';
import type { Foundation } from './foundation.ts';
import type { FunctionHost } from './function-host.ts';
import { freePort } from './loopback-server.ts';
import type { Template } from './template.ts';

export type TemplateEdgeOptions = {
  readonly foundation: Foundation;
  readonly host: (functionArn: string) => FunctionHost;
  /** 0: one that is free. */
  readonly port: number;
  readonly adversarial?: AdversarialEdge;
};

export async function startTemplateEdge({ foundation, host, ...options }: TemplateEdgeOptions): Promise<Edge> {
  const { template, services } = foundation;
  const distributions = template.ofType('AWS::CloudFront::Distribution');
  const [distribution] = distributions;
  if (distribution === undefined || distributions.length > 1) {
    throw new Error(`the template has ${distributions.length} distributions; the local cloud has an edge for one`);
  }
  return startEdge({
    distribution: distribution.properties.values,
    resources: edgeResources(template),
    origins: edgeOrigins({ template, distribution, s3: services.s3, host }),
    port: options.port === 0 ? await freePort() : options.port,
    ...(options.adversarial !== undefined && { adversarial: options.adversarial }),
  });
}

function edgeResources(template: Template): Map<string, EdgeResource> {
  const found = [...template.resources.values()].filter(({ type }) => type.startsWith('AWS::CloudFront::'));
  return new Map(
    found.map(({ type, physicalId, properties }) => [physicalId, { type, physicalId, properties: properties.values }]),
  );
}
