/** What the functions of a cloud stand on: engines, names, template, stores, queues, secrets. */
import { randomBytes } from 'node:crypto';
import { readAssembly } from './assembly.ts';
import { CallLog } from './call-log.ts';
import type { Closings } from './closings.ts';
import { ASSEMBLY_FOLDER } from './cloud-folder.ts';
import type { CloudOptions } from './cloud-options.ts';
import { Faults } from './faults.ts';
import { PhysicalNames } from './physical-names.ts';
import { startQueueEndpoint } from './queue-endpoint.ts';
import { Queues } from './queues.ts';
import { secretsOf, startSecretsEndpoint } from './secrets-endpoint.ts';
import type { Service } from './service-call.ts';
import { type RunningServices, runningServices } from './services/running-services.ts';
import { createStores, deleteStores, type StoreClients, storeClients } from './stores.ts';
import { Template } from './template.ts';

export type Foundation = {
  readonly services: RunningServices;
  /** Where each service listens, as an origin. */
  readonly engines: Readonly<Record<Service, string>>;
  readonly names: PhysicalNames;
  readonly suffix: string;
  readonly template: Template;
  readonly queues: Queues;
  readonly clients: StoreClients;
  readonly calls: CallLog;
  readonly faults: Faults;
};

/** Throws, with the command to run, when the engines are not up or nothing was synthesized. */
export async function layFoundation(options: CloudOptions, closings: Closings): Promise<Foundation> {
  const services = runningServices();
  const assembly = readAssembly(options.assemblyFolder ?? ASSEMBLY_FOLDER, options.stackName);
  const suffix = options.suffix ?? randomBytes(3).toString('hex');
  const queues = new Queues();
  const queueEndpoint = await startQueueEndpoint((url) => queues.byUrl(url));
  closings.add('queue endpoint', queueEndpoint.close);
  const names = new PhysicalNames({ stackName: assembly.stackName, suffix, queueOrigin: queueEndpoint.origin });
  const { parameters = {}, imports = {} } = options;
  const template = new Template(assembly, { names, parameters, imports });
  queues.create(template);
  closings.add('queues', () => queues.close());
  const secrets = secretsOf(template, options.secrets ?? {});
  const secretsEndpoint = await startSecretsEndpoint(secrets);
  closings.add('secrets endpoint', secretsEndpoint.close);
  const clients = storeClients(services);
  closings.add('clients', () => {
    clients.s3.destroy();
    clients.dynamoDb.destroy();
  });
  if (options.keepsStores !== true) closings.add('stores', () => deleteStores(template, clients));
  await createStores(template, clients);
  const engines = {
    s3: services.s3.endpoint,
    dynamodb: services.dynamodb.endpoint,
    sqs: queueEndpoint.origin,
    secretsmanager: secretsEndpoint.origin,
  };
  return { services, engines, names, suffix, template, queues, clients, calls: new CallLog(), faults: new Faults() };
}
