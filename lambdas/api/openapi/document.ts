/** The OpenAPI 3.1 document, put together from the operations and their schemas. */
import { z } from 'zod';
import { CuepointError, type ErrorCode } from '../../core/errors.ts';
import { problem } from '../../core/http/problem.ts';
import { ALWAYS, answerFields, type FieldName } from './fields.ts';
import { type Content, OPERATIONS, type Operation, problemsOf } from './operations.ts';
import { pathParameters, requestFields } from './parameters.ts';
import { ERROR_CODES, problemSchema } from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const FIELDS_OF_STATUS: Readonly<Record<number, readonly FieldName[]>> = {
  405: ['Allow'],
  416: ['Content-Range'],
  503: ['Retry-After'],
};

export type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Readonly<Record<'schemas' | 'headers' | 'parameters', Json>>;
};

/** The status that a problem of this code has. */
export function statusOfCode(code: ErrorCode): number {
  return problem(new CuepointError(code, '')).status;
}

export function openApiDocument(): OpenApiDocument {
  const schemas: Record<string, unknown> = { Problem: schemaOf(problemSchema) };
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS) {
    for (const { schemas: named = {} } of operation.content) {
      for (const [name, schema] of Object.entries(named)) schemas[name] = schemaOf(schema);
    }
    const methods = paths[operation.path] ?? {};
    paths[operation.path] = methods;
    methods[operation.method] = operationOf(operation, operation.id);
    if (operation.method === 'get')
      methods.head = operationOf(operation, `${operation.id}Head`, 'HEAD: as GET, no body.');
    methods.options ??= optionsOf(operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cuepoint',
      version: '1',
      summary: 'Any byte or any second of any audio file, straight out of object storage.',
      description: `Every failure is a problem document (RFC 9457) with one of these codes:\n\n${ERROR_CODES.map((code) => `- \`${code}\`: ${statusOfCode(code)}`).join('\n')}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    // Who may read what is the host's to decide; signed links carry their leave in their address.
    security: [],
    paths,
    components: { schemas, headers: headerComponents(), parameters: requestFieldComponents() },
  };
}

function operationOf(operation: Operation, operationId: string, description?: string): Json {
  return {
    operationId,
    summary: operation.summary,
    ...(description && { description }),
    parameters: parametersOf(operation),
    ...(operation.body && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(operation.body, 'input') } } },
    }),
    responses: responsesOf(operation, operationId.endsWith('Head')),
  };
}

function parametersOf({ path, query, hasRanges, id }: Operation): readonly Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema = pathParameters[name];
    return { name, in: 'path', required: true, ...described(schema ?? z.string()) };
  });
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', ...described(schema) }));
  const fields = hasRanges ? Object.keys(requestFields) : id === 'resolveRange' ? ['Range'] : [];
  return [...inPath, ...inQuery, ...fields.map((name) => ({ $ref: `#/components/parameters/${name}` }))];
}

function responsesOf(operation: Operation, isHead: boolean): Json {
  const { fields, content, hasRanges, redirects } = operation;
  const bodyFields: readonly FieldName[] = [...fields, 'Content-Length', 'Content-Type'];
  const body = isHead ? undefined : contentOf(content);
  const responses: Record<string, Json> = { 200: response('What was asked for.', bodyFields, body) };
  if (hasRanges) {
    const ranges: readonly FieldName[] = [...bodyFields, 'Content-Range'];
    if (!isHead) {
      responses[206] = response('A range of it, or several as multipart/byteranges.', ranges, {
        ...body,
        'multipart/byteranges': {},
      });
    }
    responses[304] = response('The client has it already.', [...fields, 'Content-Type']);
  }
  if (redirects)
    responses[307] = response('It lies elsewhere.', [...fields, 'Cache-Control', 'Content-Length', 'Location']);
  const codes = problemsOf(operation);
  for (const status of [...new Set(codes.map(statusOfCode))].sort()) {
    const ofStatus = codes.filter((code) => statusOfCode(code) === status);
    responses[status] = response(
      ofStatus.map((code) => `\`${code}\``).join(', '),
      problemFields(status, fields),
      isHead ? undefined : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    );
  }
  return responses;
}

/** A 412 or 416 tells of what was asked for; but no problem is to be saved under the name of that. */
function problemFields(status: number, fields: readonly FieldName[]): readonly FieldName[] {
  const ofSubject = fields.filter((name) =>
    status === 412 || status === 416 ? name !== 'Content-Disposition' : name === 'Server-Timing',
  );
  return [...(FIELDS_OF_STATUS[status] ?? []), 'Cache-Control', 'Content-Length', 'Content-Type', ...ofSubject];
}

function optionsOf(operation: Operation): Json {
  const preflight: readonly FieldName[] = [
    'Allow',
    'Access-Control-Allow-Headers',
    'Access-Control-Allow-Methods',
    'Access-Control-Allow-Private-Network',
    'Access-Control-Max-Age',
  ];
  return {
    operationId: `${operation.id}Options`,
    summary: 'What the address allows, and the answer to a preflight.',
    parameters: parametersOf({ ...operation, query: {}, hasRanges: false, id: '' }),
    responses: { 204: response('The methods of the address; without Allow where nothing lies.', preflight) },
  };
}

function response(description: string, fields: readonly FieldName[], content?: Json): Json {
  const names = [...new Set([...ALWAYS, ...fields])].sort();
  return {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...(content && { content }),
  };
}

function contentOf(contents: readonly Content[]): Json {
  return Object.fromEntries(
    contents.map(({ type, schemas }) => {
      const refs = Object.keys(schemas ?? {}).map((name) => ({ $ref: `#/components/schemas/${name}` }));
      return [type, refs.length === 0 ? {} : { schema: refs.length === 1 ? refs[0] : { oneOf: refs } }];
    }),
  );
}

function headerComponents(): Json {
  return Object.fromEntries(
    Object.entries(answerFields).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

function requestFieldComponents(): Json {
  return Object.fromEntries(
    Object.entries(requestFields).map(([name, description]) => [
      name,
      { name, in: 'header', description, schema: { type: 'string' } },
    ]),
  );
}

/** The description of a parameter is its own, not its schema's. */
function described(schema: z.core.$ZodType): Json {
  const { description, ...rest } = schemaOf(schema, 'input');
  return { ...(typeof description === 'string' && { description }), schema: rest };
}

function schemaOf(schema: z.core.$ZodType, io: 'input' | 'output' = 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
