import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { templateWith } from './synthesized.ts';
import { resource } from './template-reading.ts';

const LAMBDAS = join(import.meta.dirname, '..', '..', 'lambdas');

/** Every variable of ours that a file names. */
const namesIn = (source: string): string[] => [...source.matchAll(/CUEPOINT_[A-Z_]+/g)].map(([name]) => name);

/** What any function reads, by the files that may: environment.ts of a function, and what these share. */
const read = new Set(
  readdirSync(LAMBDAS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('environment.ts'))
    .flatMap((file) => namesIn(readFileSync(join(LAMBDAS, file), 'utf8'))),
);

let template: Template;
beforeAll(() => {
  // With what is set only where somebody wants it.
  template = templateWith(() => ({ allowedOrigins: ['https://player.example'] }));
});

function variablesOf(name: string): string[] {
  const { Properties } = resource(template, 'AWS::Lambda::Function', `Cuepoint${name}`);
  const { Variables } = (Properties as unknown as { Environment: { Variables: Record<string, unknown> } }).Environment;
  return Object.keys(Variables);
}

describe.each(['ingest', 'analyse', 'api', 'sweep'])('the environment of %s', (name) => {
  const resourceName = name.charAt(0).toUpperCase() + name.slice(1);

  test('has every variable that its own environment.ts names', () => {
    const own = namesIn(readFileSync(join(LAMBDAS, name, 'environment.ts'), 'utf8'));
    expect(variablesOf(resourceName)).toEqual(expect.arrayContaining(own));
  });

  test('has none that nobody reads', () => {
    const unread = variablesOf(resourceName).filter(
      (variable) => variable.startsWith('CUEPOINT_') && !read.has(variable),
    );
    expect(unread).toEqual([]);
  });
});

test('of origins nothing is said where none are configured', () => {
  template = templateWith();
  expect(variablesOf('Api')).not.toContain('CUEPOINT_ALLOWED_ORIGINS');
});

test('variables are found', () => {
  expect(read).toContain('CUEPOINT_SOURCE_BUCKET');
  expect(read).toContain('CUEPOINT_SIGNING');
});
