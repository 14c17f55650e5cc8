/**
 * CloudFront Functions, run for real: the very code of the template, in a context that has the language and nothing
 * else. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
import { type Context, createContext, Script } from 'node:vm';
import { Properties } from '../plain-values.ts';
import { errorAnswer, onlyBytes } from './edge-error.ts';
import type { EdgeAnswer, EdgeRequest, HeaderField } from './exchange.ts';
import {
  type EventRequest,
  type EventResponse,
  eventOf,
  type FunctionEvent,
  fieldsOf,
  isDisallowed,
  queryOf,
  READ_ONLY_IN_REQUEST,
  READ_ONLY_IN_RESPONSE,
  valuesOf,
} from './function-event.ts';
import { expectKnown, notEmulated } from './known-properties.ts';
import type { EdgeResource } from './ports.ts';

/** "Maximum function size: 10 KB." */
const MAX_CODE_BYTES = 10_240;
/** Far more than the millisecond of the real one: this machine may be busy. An endless loop ends all the same. */
const TIMEOUT_MS = 1000;

export type ViewerRequestOutcome =
  | { readonly kind: 'request'; readonly request: EdgeRequest }
  | { readonly kind: 'answer'; readonly answer: EdgeAnswer };

export class EdgeFunction {
  readonly #context: Context;
  readonly #call: Script;

  /** Throws when the code is too long, is none, or needs what is not here. */
  constructor({ properties, physicalId }: EdgeResource) {
    const resource = Properties.of(properties, physicalId);
    const config = resource.object('FunctionConfig');
    expectKnown(config, { acted: ['Runtime', 'KeyValueStoreAssociations'], harmless: ['Comment'] });
    if (config.list('KeyValueStoreAssociations').length > 0) {
      throw notEmulated(config, 'KeyValueStoreAssociations', 'there is no key-value store here');
    }
    if (config.text('Runtime') !== 'cloudfront-js-2.0')
      throw notEmulated(config, 'Runtime', 'known: cloudfront-js-2.0');
    const code = resource.text('FunctionCode');
    const bytes = Buffer.byteLength(code);
    if (bytes > MAX_CODE_BYTES) {
      throw new Error(`${physicalId} has ${bytes} bytes of code; CloudFront takes ${MAX_CODE_BYTES}`);
    }
    // "Dynamic code evaluation is not supported": no eval, no new Function.
    this.#context = createContext({ console: { log() {} } }, { codeGeneration: { strings: false, wasm: false } });
    new Script(code, { filename: `${physicalId}.js` }).runInContext(this.#context, { timeout: TIMEOUT_MS });
    this.#call = new Script('(async () => JSON.stringify(await handler(JSON.parse(eventText))))()');
  }

  async onViewerRequest(request: EdgeRequest): Promise<ViewerRequestOutcome> {
    const event = eventOf(request, 'viewer-request');
    let result: EventRequest | EventResponse;
    try {
      result = await this.#run(event);
    } catch (cause) {
      return { kind: 'answer', answer: executionError(cause) };
    }
    if (typeof result !== 'object' || result === null) {
      return { kind: 'answer', answer: executionError(`it returned ${typeof result}`) };
    }
    if ('statusCode' in result) return { kind: 'answer', answer: answerOf(result) };
    const fault = requestFault(result, event.request);
    if (fault !== undefined) return { kind: 'answer', answer: validationError(fault) };
    return { kind: 'request', request: requestOf(request, result, event.request) };
  }

  /** "CloudFront does not invoke edge functions for viewer response events when the origin returns 400 or higher." */
  async onViewerResponse(request: EdgeRequest, answer: EdgeAnswer): Promise<EdgeAnswer> {
    const event = eventOf(request, 'viewer-response');
    const fields = [...answer.headers].filter(([name]) => !isDisallowed(name));
    const before = valuesOf(fields.filter(([name]) => name !== 'set-cookie'));
    let result: EventResponse;
    try {
      result = await this.#run({ ...event, response: { statusCode: answer.status, headers: before, cookies: {} } });
    } catch (cause) {
      return executionError(cause);
    }
    const added = fieldsOf(result.headers, before);
    const fault = headerFault(added, fieldsOf(before), READ_ONLY_IN_RESPONSE);
    if (fault !== undefined) return validationError(fault);
    const headers = new Headers(added.map(([name, value]): [string, string] => [name, value]));
    for (const [name, value] of answer.headers) {
      if (isDisallowed(name) || name === 'set-cookie') headers.append(name, value);
    }
    if (result.body === undefined) return { ...answer, status: result.statusCode, headers };
    return { ...answer, ...answerOf(result, headers), result: answer.result };
  }

  async #run<T extends EventRequest | EventResponse>(event: FunctionEvent): Promise<T> {
    this.#context.eventText = JSON.stringify(event);
    const text: string = await this.#call.runInContext(this.#context, { timeout: TIMEOUT_MS });
    return JSON.parse(text);
  }
}

/** x-edge-result-type FunctionExecutionError: "The function threw, or ran too long", with 503. */
function executionError(cause: unknown): EdgeAnswer {
  const words = typeof cause === 'string' ? cause : String(cause);
  return errorAnswer(
    503,
    `The CloudFront function associated with the distribution is invalid or could not run: ${words}`,
  );
}

/** "The request fails CloudFront validation and CloudFront returns HTTP status code 502 to the viewer." */
function validationError(fault: string): EdgeAnswer {
  return errorAnswer(502, `The CloudFront function returned what CloudFront does not take: ${fault}`);
}

function requestFault(result: EventRequest, before: EventRequest): string | undefined {
  if (result.method !== before.method) return `the method is read-only, and was set to ${result.method}`;
  if (typeof result.uri !== 'string' || !result.uri.startsWith('/')) return 'the uri must begin with a slash';
  const query = queryOf(result.querystring ?? {}, before.querystring);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (/[\s#\u0000-\u001f]/.test(query)) return 'the query string has a space, a control character or a #';
  if (result.uri.length + query.length >= 8192) return 'the URI with its query is longer than 8,192 characters';
  return headerFault(fieldsOf(result.headers, before.headers), fieldsOf(before.headers), READ_ONLY_IN_REQUEST);
}

function headerFault(
  fields: readonly HeaderField[],
  before: readonly HeaderField[],
  readOnly: readonly string[],
): string | undefined {
  for (const [name, value] of fields) {
    if (name !== name.toLowerCase()) return `the name of the header ${name} is not in lower case`;
    if (isDisallowed(name)) return `the header ${name} is disallowed`;
    const isOld = before.some(([oldName, oldValue]) => oldName === name && oldValue === value);
    if (readOnly.includes(name) && !isOld) return `the header ${name} is read-only`;
  }
  return undefined;
}

/** "If a function does not change the URI or query string, CloudFront forwards the values that it received." */
function requestOf(request: EdgeRequest, result: EventRequest, before: EventRequest): EdgeRequest {
  const isSameQuery = JSON.stringify(result.querystring ?? {}) === JSON.stringify(before.querystring);
  const cookies = fieldsOf(result.cookies, before.cookies).map(([name, value]) => `${name}=${value}`);
  const hidden = request.fields.filter(([name]) => isDisallowed(name));
  const changed = fieldsOf(result.headers, before.headers);
  const kept = request.fields.filter(
    ([name]) => READ_ONLY_IN_REQUEST.includes(name) && !changed.some(([other]) => other === name),
  );
  return {
    ...request,
    path: result.uri,
    query: isSameQuery ? request.query : queryOf(result.querystring ?? {}, before.querystring),
    fields: [...hidden, ...kept, ...changed, ...(cookies.length > 0 ? [['cookie', cookies.join('; ')] as const] : [])],
  };
}

function answerOf(result: EventResponse, given?: Headers): EdgeAnswer {
  const headers =
    given ?? new Headers(fieldsOf(result.headers).map(([name, value]): [string, string] => [name, value]));
  for (const [name, { value, attributes }] of Object.entries(result.cookies ?? {})) {
    headers.append('set-cookie', `${name}=${value}${attributes === undefined ? '' : `; ${attributes}`}`);
  }
  const { body } = result;
  const data = typeof body === 'object' ? body.data : (body ?? '');
  const bytes = Buffer.from(data, typeof body === 'object' && body.encoding === 'base64' ? 'base64' : 'utf8');
  if (result.statusCode === 204 || result.statusCode === 304) headers.delete('content-length');
  else headers.set('content-length', String(bytes.byteLength));
  return { status: result.statusCode, headers, body: onlyBytes(bytes), result: 'FunctionGeneratedResponse' };
}
