/** The OpenAPI document for people: one page of HTML, without scripts. */
import type { OpenApiDocument } from './document.ts';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  code { font-size: 0.9em; } h2 { margin-top: 2.5rem; border-top: 1px solid #8886; padding-top: 1rem; }
  table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top; padding: 0.2rem 0.8rem 0.2rem 0; }
  pre { overflow: auto; background: #8881; padding: 0.8rem; } @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8bf; } }
`;

type Described = { readonly description?: string };
type Parameter = Described & { readonly name?: string; readonly in?: string; readonly $ref?: string };
type Shown = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Described>>;
};

export function openApiPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method === 'get' || method === 'post')
      .map(([method, operation]) => section(document, `${method.toUpperCase()} ${path}`, operation as Shown)),
  );
  const headers = Object.entries(document.components.headers).map(([name, header]) =>
    row(`<code>${name}</code>`, escaped((header as Described).description ?? '')),
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Cuepoint: HTTP API</title><style>${STYLE}</style></head>
<body>
<h1>Cuepoint: HTTP API</h1>
<p>${escaped(String(document.info.summary))} The same for programs, with the schemas of all bodies: <a href="/v1/openapi.json">/v1/openapi.json</a>.
GET routes answer HEAD, every route answers OPTIONS.</p>
${operations.join('\n')}
<h2>Fields of answers</h2><table>${headers.join('')}</table>
<h2>Problems</h2><pre>${escaped(String(document.info.description))}</pre>
</body></html>
`;
}

function section(
  document: OpenApiDocument,
  title: string,
  { operationId, summary, parameters = [], responses }: Shown,
) {
  const shown = parameters.map((parameter) => {
    const name = parameter.$ref?.split('/').at(-1) ?? parameter.name ?? '';
    const { description = '' } = parameter.$ref ? (document.components.parameters[name] as Described) : parameter;
    return row(`<code>${escaped(name)}</code>`, parameter.$ref ? 'header' : (parameter.in ?? ''), escaped(description));
  });
  const answers = Object.entries(responses).map(([status, { description = '' }]) => row(status, escaped(description)));
  return `<h2 id="${operationId}"><code>${escaped(title)}</code></h2><p>${escaped(summary)}</p>
<table>${shown.join('')}</table><h3>Answers</h3><table>${answers.join('')}</table>`;
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
