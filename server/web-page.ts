import type { Hono } from 'hono';
import { addWebPage as addFiles, type WebFile } from '../lambdas/api/web-page.ts';
import { API_DOCUMENTS, indexPage, SCRIPTS, scriptBuild, scriptFile } from './web-files.ts';

/**
 * Adds the page and its scripts, `/`, `/web/page.js` and `/web/join.js`, and the description of the API, each made of what lies in `web` when it is first
 * asked for. To be called before the app's first request.
 */
export function addWebPage(app: Hono): void {
  const scripts = Object.entries(SCRIPTS).map(([path, file]) => [path, () => script(file)] as const);
  const documents = Object.entries(API_DOCUMENTS).map(([path, make]) => [path, async () => make()] as const);
  const files = Object.fromEntries([['/', async () => indexPage()] as const, ...scripts, ...documents]);
  addFiles(app, files, { builtAtMs: Date.now() });
}

async function script(file: string): Promise<WebFile> {
  // Loaded on first need: most runs of the command line never show a page.
  const { build } = await import('esbuild');
  const { outputFiles } = await build(scriptBuild(file));
  return scriptFile(outputFiles);
}
