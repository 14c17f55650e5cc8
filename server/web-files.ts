/** What the files in `web` come to: the page as it is, each script with all that it imports. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildOptions, buildSync, OutputFile } from 'esbuild';
import { openApiDocument } from '../lambdas/api/openapi/document.ts';
import { openApiPage } from '../lambdas/api/openapi/page.ts';
import type { WebFile } from '../lambdas/api/web-page.ts';
import { PROJECT_FOLDER } from './project-folder.ts';

const WEB_FOLDER = join(PROJECT_FOLDER, 'web');

/** `/web/join.js` is the joiner, for anybody's page. */
export const SCRIPTS: Readonly<Record<string, string>> = { '/web/page.js': 'page.ts', '/web/join.js': 'join.ts' };

export function indexPage(): WebFile {
  return { contentType: 'text/html; charset=utf-8', body: readFileSync(join(WEB_FOLDER, 'index.html'), 'utf8') };
}

/** The description of the API, for programs and for people. Made of the schemas, which no function has to carry. */
export const API_DOCUMENTS: Readonly<Record<string, () => WebFile>> = {
  '/v1/openapi.json': () => ({ contentType: 'application/json', body: JSON.stringify(openApiDocument()) }),
  '/v1/docs': () => ({ contentType: 'text/html; charset=utf-8', body: openApiPage(openApiDocument()) }),
};

/** How esbuild is to make a script of `web`. */
export function scriptBuild(file: string) {
  return {
    entryPoints: [join(WEB_FOLDER, file)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  } satisfies BuildOptions;
}

export function scriptFile(outputFiles: readonly OutputFile[]): WebFile {
  return { contentType: 'text/javascript; charset=utf-8', body: outputFiles.map(({ text }) => text).join('') };
}

/**
 * All of them at once, by path, for bundles that have no files beside them: esbuild puts them in the place of
 * `CUEPOINT_WEB_PAGE` (lambdas/api/handler.ts). `build` is esbuild's. The same sources give the same text.
 */
export function webFiles(build: typeof buildSync): Readonly<Record<string, WebFile>> {
  const scripts = Object.entries(SCRIPTS).map(([path, file]) => {
    const { outputFiles } = build({ ...scriptBuild(file), minify: true });
    return [path, scriptFile(outputFiles)] as const;
  });
  const documents = Object.entries(API_DOCUMENTS).map(([path, make]) => [path, make()] as const);
  return Object.fromEntries([['/', indexPage()], ...scripts, ...documents]);
}
