/** The resources of a template with every intrinsic resolved, and the names that they have here. */
import type { Assembly } from './assembly.ts';
import { type References, resolveCondition, resolveValue } from './intrinsics.ts';
import { ACCOUNT_ID, type PhysicalNames, REGION, URL_SUFFIX } from './physical-names.ts';
import { type PlainProperties, type PlainValue, Properties } from './plain-values.ts';
import { RESOURCE_TYPES, type ResourceType } from './resource-types.ts';

export type ResolvedResource = {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  readonly properties: Properties;
  /** Throws for an attribute that the type's entry does not have. */
  attribute(name: string): string;
};

export type TemplateOptions = {
  readonly names: PhysicalNames;
  /** Values of the template's parameters; those with a default need none. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values of `Fn::ImportValue`, by export name. */
  readonly imports?: Readonly<Record<string, string>>;
};

const KNOWN_SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Conditions',
  'Description',
  'Mappings',
  'Metadata',
  'Outputs',
  'Parameters',
  'Resources',
  // Checks the version of the bootstrap stack, which is not here.
  'Rules',
]);

export class Template {
  readonly stackName: string;
  readonly assetFolders: ReadonlyMap<string, string>;
  readonly resources: ReadonlyMap<string, ResolvedResource>;
  /** By logical id. */
  readonly outputs: ReadonlyMap<string, string>;

  /** Throws, by name, for what the local cloud does not know: sections, resource types, properties, intrinsics. */
  constructor(assembly: Assembly, options: TemplateOptions) {
    const root = new Properties(assembly.template, assembly.stackName);
    for (const section of Object.keys(root.values)) {
      if (!KNOWN_SECTIONS.has(section))
        throw new Error(`the template has a section ${section}, which is not known here`);
    }
    this.stackName = assembly.stackName;
    this.assetFolders = assembly.assetFolders;
    const resolver = new TemplateReferences(root, options);
    this.resources = resolver.resources();
    this.outputs = resolver.outputs();
  }

  ofType(...types: string[]): ResolvedResource[] {
    return [...this.resources.values()].filter(({ type }) => types.includes(type));
  }

  /** The one resource of these types with this physical id or ARN; throws, with what there is, when there is none. */
  find(idOrArn: string, ...types: string[]): ResolvedResource {
    const candidates = this.ofType(...types);
    const found = candidates.find((resource) => resource.physicalId === idOrArn || arnOf(resource) === idOrArn);
    if (found !== undefined) return found;
    const known = candidates.map(({ physicalId }) => physicalId).join(', ');
    throw new Error(`the template has no ${types.join(' or ')} "${idOrArn}"; there are: ${known || 'none'}`);
  }
}

/** Of types without one: undefined. */
export function arnOf(resource: ResolvedResource): string | undefined {
  return RESOURCE_TYPES[resource.type]?.attributes?.Arn === undefined ? undefined : resource.attribute('Arn');
}

class TemplateReferences implements References {
  readonly #root: Properties;
  readonly #options: TemplateOptions;
  readonly #resolved = new Map<string, ResolvedResource>();
  readonly #underWay = new Set<string>();

  constructor(root: Properties, options: TemplateOptions) {
    this.#root = root;
    this.#options = options;
  }

  resources(): Map<string, ResolvedResource> {
    const resources = this.#root.object('Resources');
    // All types are looked at before the first is resolved, so that everything unknown is told at once.
    this.#refuseUnknownTypes(resources);
    for (const logicalId of Object.keys(resources.values)) {
      if (this.#exists(resources.object(logicalId))) this.#resource(logicalId);
    }
    return this.#resolved;
  }

  outputs(): Map<string, string> {
    const outputs = this.#root.objectOr('Outputs', undefined);
    const found = new Map<string, string>();
    for (const name of Object.keys(outputs?.values ?? {})) {
      const output = outputs?.object(name);
      if (output === undefined || !this.#exists(output)) continue;
      const value = resolveValue(output.values.Value ?? null, this, output.path);
      found.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
    }
    return found;
  }

  ref(name: string): PlainValue | undefined {
    const pseudo = pseudoParameter(name, this.#options.names);
    if (pseudo !== undefined) return pseudo.value;
    const parameter = this.#root.objectOr('Parameters', undefined)?.objectOr(name, undefined);
    if (parameter !== undefined) {
      const value = this.#options.parameters?.[name] ?? parameter.values.Default;
      if (value === undefined) throw new Error(`parameter ${name} has no default and no value; give it one`);
      return value;
    }
    return this.#resource(name).physicalId;
  }

  attribute(logicalId: string, attribute: string): PlainValue {
    return this.#resource(logicalId).attribute(attribute);
  }

  condition(name: string): boolean {
    const conditions = this.#root.objectOr('Conditions', undefined);
    const value = conditions?.values[name];
    if (value === undefined) throw new Error(`the template has no condition ${name}`);
    return resolveCondition(value, this, `Conditions.${name}`);
  }

  mapping(name: string): PlainProperties {
    return this.#root.object('Mappings').object(name).values;
  }

  importValue(name: string): PlainValue {
    const value = this.#options.imports?.[name];
    if (value === undefined) throw new Error(`the template imports ${name}; give the local cloud a value for it`);
    return value;
  }

  #exists(resource: Properties): boolean {
    const condition = resource.textOr('Condition', undefined);
    return condition === undefined || this.condition(condition);
  }

  #refuseUnknownTypes(resources: Properties): void {
    const unknown = Object.keys(resources.values).flatMap((logicalId) => {
      const type = resources.object(logicalId).text('Type');
      return RESOURCE_TYPES[type] === undefined ? [`${type} (${logicalId})`] : [];
    });
    if (unknown.length > 0) {
      throw new Error(`the local cloud does not know ${unknown.join(', ')}; teach it in test/cloud/resource-types.ts`);
    }
  }

  #resource(logicalId: string): ResolvedResource {
    const known = this.#resolved.get(logicalId);
    if (known !== undefined) return known;
    const definition = this.#root.object('Resources').objectOr(logicalId, undefined);
    if (definition === undefined) throw new Error(`the template refers to ${logicalId}, which is nothing it has`);
    if (this.#underWay.has(logicalId)) throw new Error(`${logicalId} refers to itself`);
    const typeName = definition.text('Type');
    const type = RESOURCE_TYPES[typeName];
    if (type === undefined) throw new Error(`the local cloud does not know ${typeName}`);
    this.#underWay.add(logicalId);
    const resource = this.#resolve(logicalId, typeName, type, definition);
    this.#underWay.delete(logicalId);
    this.#resolved.set(logicalId, resource);
    return resource;
  }

  #resolve(logicalId: string, typeName: string, type: ResourceType, definition: Properties): ResolvedResource {
    const { names } = this.#options;
    const path = `${logicalId}.Properties`;
    const resolved = resolveValue(definition.values.Properties ?? {}, this, path);
    const properties = Properties.of(resolved, path);
    refuseUnknownProperties(logicalId, typeName, type, properties);
    return {
      logicalId,
      type: typeName,
      physicalId: type.ref(names, logicalId, properties),
      properties,
      attribute(attribute) {
        const find = type.attributes?.[attribute];
        if (find === undefined) {
          throw new Error(`${typeName} (${logicalId}) has no attribute ${attribute} in test/cloud/resource-types.ts`);
        }
        return find(names, logicalId, properties);
      },
    };
  }
}

function refuseUnknownProperties(
  logicalId: string,
  typeName: string,
  type: ResourceType,
  properties: Properties,
): void {
  const table = type.properties;
  if (table === undefined) return;
  const unknown = Object.keys(properties.values).filter((name) => table[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(
      `${typeName} (${logicalId}) has ${unknown.join(', ')}, which the local cloud does not know; ` +
        'teach it in test/cloud/resource-types.ts',
    );
  }
}

function pseudoParameter(name: string, names: PhysicalNames): { value: PlainValue | undefined } | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return { value: ACCOUNT_ID };
    case 'AWS::Region':
      return { value: REGION };
    case 'AWS::Partition':
      return { value: 'aws' };
    case 'AWS::URLSuffix':
      return { value: URL_SUFFIX };
    case 'AWS::StackName':
      return { value: names.stackName };
    case 'AWS::StackId':
      return { value: names.arn('cloudformation', `stack/${names.stackName}/local`) };
    case 'AWS::NoValue':
      return { value: undefined };
    default:
      return undefined;
  }
}
