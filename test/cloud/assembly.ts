/** A synthesized app (`cdk.out`): its one stack's template, and the folders of its assets. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type PlainProperties, Properties, parsePlain } from './plain-values.ts';

export type Assembly = {
  readonly folder: string;
  readonly stackName: string;
  readonly template: PlainProperties;
  /** Where the asset lies on this machine, by the key it would have in the bucket of assets. */
  readonly assetFolders: ReadonlyMap<string, string>;
};

/** Throws when the folder was not synthesized, or holds several stacks and none of the name asked for. */
export function readAssembly(folder: string, stackName?: string): Assembly {
  const manifestFile = join(folder, 'manifest.json');
  if (!existsSync(manifestFile)) throw new Error(`${folder} has no manifest.json; run: npm run synth`);
  const artifacts = jsonFile(manifestFile).object('artifacts');
  const stacks = artifactsOf(artifacts, 'aws:cloudformation:stack').filter(
    ({ id, artifact }) => stackName === undefined || stackName === (nameOf(artifact) ?? id),
  );
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    const found = stacks.map(({ id }) => id).join(', ') || 'none';
    throw new Error(`${folder} holds these stacks${stackName ? ` named ${stackName}` : ''}: ${found}; expected one`);
  }
  const templateFile = stack.artifact.object('properties').text('templateFile');
  return {
    folder,
    stackName: nameOf(stack.artifact) ?? stack.id,
    template: jsonFile(join(folder, templateFile)).values,
    assetFolders: assetFolders(folder, artifacts),
  };
}

function nameOf(artifact: Properties): string | undefined {
  return artifact.objectOr('properties', undefined)?.textOr('stackName', undefined);
}

function artifactsOf(artifacts: Properties, type: string): { id: string; artifact: Properties }[] {
  return Object.keys(artifacts.values)
    .map((id) => ({ id, artifact: artifacts.object(id) }))
    .filter(({ artifact }) => artifact.text('type') === type);
}

function assetFolders(folder: string, artifacts: Properties): Map<string, string> {
  const found = new Map<string, string>();
  for (const { artifact } of artifactsOf(artifacts, 'cdk:asset-manifest')) {
    const files = jsonFile(join(folder, artifact.object('properties').text('file'))).objectOr('files', undefined);
    for (const hash of Object.keys(files?.values ?? {})) {
      const file = files?.object(hash);
      if (file === undefined) continue;
      const path = join(folder, file.object('source').text('path'));
      if (!statSync(path).isDirectory()) continue;
      const destinations = file.object('destinations');
      for (const name of Object.keys(destinations.values)) {
        found.set(destinations.object(name).text('objectKey'), path);
      }
    }
  }
  return found;
}

function jsonFile(path: string): Properties {
  return Properties.of(parsePlain(readFileSync(path, 'utf8')), path);
}
