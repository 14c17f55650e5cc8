/** How each service says no. */
import type { ServiceCall } from './service-call.ts';

export type Refusal = { readonly status: number; readonly contentType: string; readonly body: string };

export function awsRefusal(kind: 'denied' | 'throttled', call: Pick<ServiceCall, 'service' | 'operation'>): Refusal {
  const what = `${call.service} ${call.operation}`;
  switch (call.service) {
    case 's3':
      return kind === 'denied'
        ? xml(403, 'AccessDenied', `The role is not allowed to ${what}`)
        : xml(503, 'SlowDown', 'Please reduce your request rate.');
    case 'dynamodb':
      return kind === 'denied'
        ? json('com.amazon.coral.service#AccessDeniedException', `The role is not allowed to ${what}`)
        : json('com.amazonaws.dynamodb.v20120810#ThrottlingException', 'Throughput exceeds the current capacity');
    case 'sqs':
      return kind === 'denied'
        ? json('com.amazon.coral.service#AccessDeniedException', `The role is not allowed to ${what}`)
        : json('com.amazonaws.sqs#RequestThrottled', 'The request was denied due to request throttling.');
    case 'secretsmanager':
      return kind === 'denied'
        ? json('AccessDeniedException', `The role is not allowed to ${what}`)
        : json('ThrottlingException', 'Rate exceeded');
  }
}

export function xml(status: number, code: string, message: string): Refusal {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, contentType: 'application/xml', body };
}

function json(type: string, message: string): Refusal {
  return { status: 400, contentType: 'application/x-amz-json-1.0', body: JSON.stringify({ __type: type, message }) };
}
