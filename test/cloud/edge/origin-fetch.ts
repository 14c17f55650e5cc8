/**
 * Asks origins: attempts, timeouts, failover.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
 */
import { abandon, OriginBodyError, within } from './body-streams.ts';
import type { OriginRequest } from './forwarding.ts';
import type { Origin, OriginTarget } from './origin-config.ts';
import type { EdgeOrigins } from './ports.ts';

export type OriginAnswer =
  | { readonly kind: 'answered'; readonly response: Response; readonly origin: Origin }
  /** 502: it could not be asked. 504: it did not answer in time. */
  | { readonly kind: 'failed'; readonly status: 502 | 504; readonly sentence: string };

export class OriginFetch {
  readonly #origins: EdgeOrigins;

  constructor(origins: EdgeOrigins) {
    this.#origins = origins;
  }

  async ask(target: OriginTarget, request: OriginRequest): Promise<OriginAnswer> {
    const first = await this.#askOne(target.primary, request);
    const { failover } = target;
    // "CloudFront fails over only when the HTTP method of the viewer request is GET, HEAD, or OPTIONS."
    if (failover === undefined || !['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return first;
    // "The primary origin returns an HTTP status code that you've configured for failover; CloudFront fails to connect
    // to the primary origin; the response takes too long."
    if (first.kind === 'answered') {
      if (!failover.statuses.includes(first.response.status)) return first;
      abandon(first.response);
    }
    return this.#askOne(failover.secondary, request);
  }

  /** "Origin connection attempts: the number of times that CloudFront attempts to connect to the origin." */
  async #askOne(origin: Origin, request: OriginRequest): Promise<OriginAnswer> {
    let last: OriginAnswer | undefined;
    for (let attempt = 0; attempt < origin.attempts; attempt++) {
      last = await this.#attempt(origin, request);
      if (last.kind === 'answered') return last;
    }
    return last ?? { kind: 'failed', status: 502, sentence: `no attempt is made to ask the origin ${origin.id}` };
  }

  async #attempt(origin: Origin, request: OriginRequest): Promise<OriginAnswer> {
    try {
      const asked = this.#send(origin, request);
      const sentence = `the origin ${origin.id} did not answer`;
      // An answer that comes after all is nobody's.
      void asked.catch(() => {});
      return {
        kind: 'answered',
        response: await within(asked, origin.responseTimeoutMs, sentence).catch((cause) => {
          void asked.then(abandon, () => {});
          throw cause;
        }),
        origin,
      };
    } catch (cause) {
      if (cause instanceof OriginBodyError) return { kind: 'failed', status: 504, sentence: cause.message };
      return { kind: 'failed', status: 502, sentence: `the origin ${origin.id} could not be asked: ${String(cause)}` };
    }
  }

  async #send(origin: Origin, request: OriginRequest): Promise<Response> {
    const headers = new Headers(request.headers);
    // "If the header already exists in the viewer request, CloudFront overwrites it."
    for (const [name, value] of origin.customHeaders) headers.set(name, value);
    const path = `${origin.path}${request.path}`;
    return origin.kind === 's3'
      ? this.#askBucket(origin, request, path, headers)
      : this.#askUrl(origin, request, path, headers);
  }

  async #askBucket(origin: Origin, request: OriginRequest, path: string, headers: Headers): Promise<Response> {
    const { method } = request;
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
      throw new Error(`a bucket behind the local edge takes GET, HEAD and OPTIONS, not ${method}`);
    }
    let key: string;
    try {
      key = decodeURIComponent(path).slice(1);
    } catch {
      return refusal(400, 'InvalidURI', "Couldn't parse the specified URI.");
    }
    // "You can't cache based on the Host header for Amazon S3": the bucket gets its own.
    headers.delete('host');
    return this.#origins.s3(origin.domain).get(method, key, headers);
  }

  async #askUrl(origin: Origin, request: OriginRequest, path: string, headers: Headers): Promise<Response> {
    // What signs and what checks write other characters differently, among them + and spaces.
    if (origin.isSigned && !/^(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*$/.test(path)) {
      const sentence = 'The request signature we calculated does not match the signature you provided.';
      return new Response(JSON.stringify({ message: sentence }), {
        status: 403,
        headers: { 'content-type': 'application/json' },
      });
    }
    const url = `https://${origin.domain}${path}${request.query === '' ? '' : `?${request.query}`}`;
    return this.#origins.functionUrl(origin.domain)(new Request(url, { method: request.method, headers }));
  }
}

function refusal(status: number, code: string, message: string): Response {
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n${error}`;
  return new Response(text, { status, headers: { 'content-type': 'application/xml' } });
}
