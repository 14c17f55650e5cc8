/**
 * A synthesized stack on this machine: its buckets and its table on real engines, its functions under AWS's runtime
 * client, its queues, notifications, schedules and distribution as the template has them.
 */
import { join } from 'node:path';
import { Closings } from './closings.ts';
import { LOG_FOLDER } from './cloud-folder.ts';
import type { CloudOptions } from './cloud-options.ts';
import { EventSourceMapping, mappingOptions } from './event-source-mapping.ts';
import { type Foundation, layFoundation } from './foundation.ts';
import { readFunction } from './function-definition.ts';
import { FunctionHost } from './function-host.ts';
import { forgetOldLogs } from './function-log.ts';
import { RolePolicies } from './iam.ts';
import { lambdaNode } from './lambda-node.ts';
import { LocalCloud } from './local-cloud.ts';
import { Notifications } from './notifications.ts';
import { schedulesOf } from './schedules.ts';
import type { ResolvedResource } from './template.ts';
import { startTemplateEdge } from './template-edge.ts';

export type { CloudOptions } from './cloud-options.ts';
export type { LocalCloud } from './local-cloud.ts';

/** What this machine can bear, of each function. */
const MAX_CONTAINERS = 3;

/** Needs the engines (`npm run services -- up`) and an assembly (`npm run synth`). What was begun ends when it throws. */
export async function startCloud(options: CloudOptions = {}): Promise<LocalCloud> {
  const closings = new Closings();
  try {
    const foundation = await layFoundation(options, closings);
    const hosts = await startHosts(foundation, options, closings);
    return await connect(foundation, hosts, options, closings);
  } catch (error) {
    await closings.close().catch(() => {});
    throw error;
  }
}

async function startHosts(foundation: Foundation, options: CloudOptions, closings: Closings): Promise<FunctionHost[]> {
  const node = await lambdaNode();
  forgetOldLogs(LOG_FOLDER);
  const hosts: FunctionHost[] = [];
  for (const resource of foundation.template.ofType('AWS::Lambda::Function')) {
    const host = await startHost(foundation, resource, node, options);
    closings.add(resource.logicalId, () => host.close());
    hosts.push(host);
  }
  return hosts;
}

function startHost(
  { template, services, engines, names, suffix, calls, faults }: Foundation,
  resource: ResolvedResource,
  node: string,
  options: CloudOptions,
): Promise<FunctionHost> {
  const definition = readFunction(template, resource);
  const { accessKeyId, secretAccessKey } = services.s3;
  return FunctionHost.start({
    definition,
    node,
    calls,
    faults,
    engines,
    policies: RolePolicies.of(template, definition.roleArn),
    arnOf: {
      table: (name) => names.arn('dynamodb', `table/${name}`),
      queue: (url) => names.arn('sqs', url.split('/').at(-1) ?? ''),
    },
    queueOrigin: names.queueOrigin,
    credentials: { accessKeyId, secretAccessKey },
    logFolder: join(LOG_FOLDER, suffix),
    maxContainers: options.maxContainers ?? MAX_CONTAINERS,
  });
}

async function connect(
  foundation: Foundation,
  hosts: readonly FunctionHost[],
  options: CloudOptions,
  closings: Closings,
): Promise<LocalCloud> {
  const { template, queues, services } = foundation;
  const hostOf = (arnOrName: string) => hostBy(hosts, arnOrName);
  const mappings = template.ofType('AWS::Lambda::EventSourceMapping').flatMap(({ properties }) => {
    if (!properties.flagOr('Enabled', true)) return [];
    const queue = queues.byArn(properties.text('EventSourceArn'));
    return [new EventSourceMapping(queue, hostOf(properties.text('FunctionName')), mappingOptions(properties))];
  });
  // They poll no more from then on. What is under way ends with the functions, which are closed next.
  closings.add('event source mappings', () => {
    for (const mapping of mappings) mapping.stop();
  });
  const notifications = await Notifications.start({ template, s3: services.s3, queue: (arn) => queues.byArn(arn) });
  closings.add('notifications', () => notifications.close());
  const schedules = schedulesOf(template, hostOf);
  const edge = options.edge === false ? undefined : await startEdgeOf(foundation, hostOf, options);
  if (edge !== undefined) closings.add('edge', () => edge.close());
  return new LocalCloud({ foundation, hosts, mappings, schedules, notifications, closings, edge });
}

function startEdgeOf(foundation: Foundation, host: (arn: string) => FunctionHost, options: CloudOptions) {
  const { edgePort = 0, adversarial } = options;
  return startTemplateEdge({ foundation, host, port: edgePort, ...(adversarial !== undefined && { adversarial }) });
}

function hostBy(hosts: readonly FunctionHost[], arnOrName: string): FunctionHost {
  const host = hosts.find(({ definition }) => definition.arn === arnOrName || definition.name === arnOrName);
  if (host === undefined) throw new Error(`the template has no function ${arnOrName}`);
  return host;
}
