/**
 * The event of CloudFront Functions, to and fro.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
 */
import { cookiesOf, type EdgeRequest, type HeaderField, parametersOf } from './exchange.ts';

export type EventValue = {
  value: string;
  multiValue?: { value: string }[];
  attributes?: string;
};
export type EventValues = { [name: string]: EventValue };

export type EventRequest = {
  method: string;
  uri: string;
  querystring: EventValues;
  headers: EventValues;
  cookies: EventValues;
};

export type EventResponse = {
  statusCode: number;
  statusDescription?: string;
  headers?: EventValues;
  cookies?: EventValues;
  body?: string | { encoding?: string; data: string };
};

export type FunctionEvent = {
  version: '1.0';
  context: { distributionDomainName: string; distributionId: string; eventType: string; requestId: string };
  viewer: { ip: string };
  request: EventRequest;
  response?: EventResponse;
};

/** "Disallowed headers: not exposed to edge functions, and functions can't add them." */
const DISALLOWED = new RegExp(
  `^(${[
    'connection|expect|keep-alive|trailer|upgrade|proxy-(authenticate|authorization|connection)',
    'x-accel-(buffering|charset|limit-rate|redirect)',
    'x-amz-cf-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip',
    'x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|requestid)',
    'x-amzn-lambda-integration-tag',
  ].join('|')})$`,
);

export function isDisallowed(name: string): boolean {
  return DISALLOWED.test(name);
}

/** "Read-only headers in viewer request events." */
export const READ_ONLY_IN_REQUEST = ['content-length', 'host', 'transfer-encoding', 'via'];
export const READ_ONLY_IN_RESPONSE = ['warning', 'via'];

export function eventOf(request: EdgeRequest, eventType: string): FunctionEvent {
  const headers = request.fields.filter(([name]) => name !== 'cookie' && !isDisallowed(name));
  return {
    version: '1.0',
    context: {
      distributionDomainName: request.fields.find(([name]) => name === 'host')?.[1] ?? '',
      distributionId: 'ELOCALEDGE',
      eventType,
      requestId: request.requestId,
    },
    viewer: { ip: request.clientIp },
    request: {
      method: request.method,
      uri: request.path,
      querystring: valuesOf(parametersOf(request.query)),
      headers: valuesOf(headers),
      cookies: valuesOf(cookiesOf(request)),
    },
  };
}

/** "The duplicate query strings, headers, or cookies are collapsed into one field", with `multiValue`. */
export function valuesOf(fields: readonly HeaderField[]): EventValues {
  // Without a prototype, so that a parameter called __proto__ is one like others.
  const values: EventValues = Object.create(null);
  for (const [name, value] of fields) {
    const before = values[name];
    if (before === undefined) values[name] = { value };
    else before.multiValue = [...(before.multiValue ?? [{ value: before.value }]), { value }];
  }
  return values;
}

/**
 * "If the multiValue array exists and has any modification, then that modification is applied", otherwise `value` is.
 */
export function fieldsOf(values: EventValues | undefined, before: EventValues = {}): HeaderField[] {
  return Object.entries(values ?? {}).flatMap(([name, { value, multiValue }]): HeaderField[] => {
    if (multiValue === undefined) return [[name, value]];
    const isModified = JSON.stringify(multiValue) !== JSON.stringify(before[name]?.multiValue);
    const texts = multiValue.map((entry) => entry.value);
    return (isModified ? texts : [value, ...texts.slice(1)]).map((text) => [name, text]);
  });
}

export function queryOf(values: EventValues, before: EventValues): string {
  return fieldsOf(values, before)
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
