/** What the origin answered: checked, stored as far as it may be, and made into the viewer's answer. */
import { type Asked, onlyRange } from './asked.ts';
import {
  abandon,
  GatheredBody as Gathered,
  type GatheredBody,
  lengthOf,
  originBody,
  windowOf,
} from './body-streams.ts';
import { type ByteSpan, type ContentRange, contentRange, resolveRange } from './byte-ranges.ts';
import type { CacheStore } from './cache-store.ts';
import { judge, rangeApplies } from './conditions.ts';
import { errorAnswer } from './edge-error.ts';
import type { EdgeAnswer, EdgeBody } from './exchange.ts';
import { type FreshnessRules, type Lifetime, lifetimeOf } from './freshness.ts';
import type { Origin } from './origin-config.ts';
import { partAnswer, unsatisfiable, withoutBody } from './stored-answer.ts';
import { StoredResponse } from './stored-response.ts';

export type Digested =
  | {
      readonly kind: 'answer';
      readonly answer: EdgeAnswer;
      /** Over when the answer is in the cache. Undefined: it does not get there while others wait. */
      readonly stored?: Promise<unknown>;
    }
  /** It cannot be used. Ask once more: for exactly what the viewer asked, or for the whole. */
  | { readonly kind: 'again'; readonly for: 'exactly' | 'whole' };

/**
 * How the origin was asked: with the viewer's own range, with another that holds it, or for the whole of which it is
 * cut.
 */
export type Sent = 'exactly' | 'enlarged' | 'whole';

export type DigestOptions = {
  readonly store: CacheStore;
  readonly maxStoredBytes: number;
  readonly errorTtlSeconds: ReadonlyMap<number, number>;
  /** Something that breaks HTTP, in one sentence. */
  readonly report: (fault: string) => void;
};

type Context = {
  readonly asked: Asked;
  readonly response: Response;
  readonly body: EdgeBody;
  readonly headers: Headers;
  readonly lifetime: Lifetime;
  readonly nowMs: number;
  readonly sent: Sent;
};

/** Headers of one connection, and those that CloudFront writes itself. */
const REMOVED = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-cache',
  'age',
];

/** Says nothing of the object itself: the entry stays. */
const NO_WORD_ON_OBJECT = [206, 304, 412, 416];

export class OriginDigest {
  readonly #options: DigestOptions;

  constructor(options: DigestOptions) {
    this.#options = options;
  }

  digest(asked: Asked, response: Response, origin: Origin, sent: Sent): Digested {
    const rules: FreshnessRules = {
      policy: asked.behaviour.cachePolicy,
      errorTtlSeconds: this.#options.errorTtlSeconds,
    };
    const headers = cleaned(response.headers, asked);
    const nowMs = Date.now();
    const context: Context = {
      asked,
      response,
      body: originBody(response, origin.responseTimeoutMs),
      headers,
      // "If your origin returns Vary:* and the minimum TTL is 0, CloudFront still forwards every subsequent request."
      lifetime:
        headers.get('vary') === '*' && rules.policy.minTtlSeconds === 0
          ? { ttlSeconds: undefined, staleOnErrorSeconds: 0 }
          : lifetimeOf(response.status, headers, rules, nowMs),
      nowMs,
      sent,
    };
    this.#forget(context);
    if (response.status === 304)
      return plain({ status: 304, headers: withoutBody(headers), body: null, result: 'Miss' });
    if (response.status === 206 && asked.method === 'GET') return this.#partial(context);
    return this.#whole(context);
  }

  #forget({ asked, response, lifetime }: Context): void {
    const { status } = response;
    if (lifetime.ttlSeconds !== undefined || status >= 500 || NO_WORD_ON_OBJECT.includes(status)) return;
    this.#options.store.remove(asked.key);
  }

  #whole(context: Context): Digested {
    const { asked, response, headers, lifetime, body } = context;
    const { status } = response;
    const result = status >= 400 ? 'Error' : 'Miss';
    if (asked.method === 'HEAD') {
      abandon(response);
      if (lifetime.ttlSeconds !== undefined && status !== 206) this.#put(headKey(asked), this.#entry(context, 0));
      return plain({ status, headers, body: null, result });
    }
    const length = response.body === null ? 0 : lengthOf(headers);
    if (length === undefined) return plain({ status, headers, body: this.#recorded(context), result });
    if (length === 0 && status !== 204) headers.set('content-length', '0');
    const isKept = lifetime.ttlSeconds !== undefined && length <= this.#options.maxStoredBytes;
    const gathered = isKept ? new Gathered(body) : undefined;
    const stored = gathered && this.#storing(context, gathered, 0, length);
    const source = gathered?.read() ?? body;
    const answer = this.#cut(context, source, length) ?? { status, headers, body: source, result };
    return { kind: 'answer', answer, ...(stored !== undefined && { stored }) };
  }

  /** Of a whole that the edge chose to ask for, the range that the viewer asked for. */
  #cut({ asked, response, headers, sent }: Context, source: EdgeBody, length: number): EdgeAnswer | undefined {
    const spec = onlyRange(asked);
    if (sent !== 'whole' || spec === undefined || response.status !== 200) return undefined;
    if (!rangeApplies(asked.origin.headers, headers)) return undefined;
    const span = resolveRange(spec, length);
    if (span === undefined) return unsatisfiable(length);
    const body = windowOf(source, span.startByte, span.endByte - span.startByte);
    return partAnswer(headers, span, length, body, 'Miss');
  }

  #partial(context: Context): Digested {
    const { asked, response, headers, body } = context;
    if (/^multipart\/byteranges/i.test(headers.get('content-type') ?? '')) {
      return plain({ status: 206, headers, body, result: 'Miss' });
    }
    const spec = onlyRange(asked);
    const range = contentRange(headers.get('content-range'));
    if (asked.ranges === undefined)
      return this.#refused(response, 'the origin answered 206, and no range was asked for');
    if (range === undefined) {
      const given = headers.get('content-range');
      return this.#refused(response, `the origin answered 206 with Content-Range ${given}, which is none`);
    }
    if (spec === undefined) return plain({ status: 206, headers, body, result: 'Miss' });
    // "If the viewer makes a Range GET request and the origin returns Transfer-Encoding: chunked, CloudFront returns
    // the entire object to the viewer instead of the requested range."
    const length = lengthOf(headers);
    if (length === undefined) return this.#again(response, 'whole');
    if (length !== range.endByte - range.startByte) {
      const text = `Content-Length ${length} for Content-Range ${headers.get('content-range')}`;
      return this.#refused(response, `the origin answered 206 with ${text}`);
    }
    const span = resolveRange(spec, range.length);
    if (span === undefined) {
      abandon(response);
      return plain(unsatisfiable(range.length));
    }
    if (span.startByte < range.startByte || span.startByte >= range.endByte) {
      if (context.sent === 'enlarged') return this.#again(response, 'exactly');
      const text = `asked for ${asked.origin.headers.get('range')}, answered ${headers.get('content-range')}`;
      return this.#refused(response, `the origin sent another range: ${text}`);
    }
    return this.#window(context, range, { ...span, endByte: Math.min(span.endByte, range.endByte) });
  }

  /** An origin may give less than was asked for, from the same start on; the viewer then gets less too. */
  #window(context: Context, range: ContentRange, span: ByteSpan): Digested {
    const { lifetime, body, headers } = context;
    const isKept = lifetime.ttlSeconds !== undefined && range.endByte - range.startByte <= this.#options.maxStoredBytes;
    const gathered = isKept ? new Gathered(body) : undefined;
    const stored = gathered && this.#storing(context, gathered, range.startByte, range.length);
    const window = windowOf(gathered?.read() ?? body, span.startByte - range.startByte, span.endByte - span.startByte);
    const answer = partAnswer(headers, span, range.length, window, 'Miss');
    return { kind: 'answer', answer, ...(stored !== undefined && { stored }) };
  }

  async #storing(context: Context, gathered: GatheredBody, startByte: number, length: number): Promise<void> {
    const bytes = await gathered.whole;
    if (bytes !== undefined) this.#keep(context, startByte, bytes, length);
  }

  #keep(context: Context, startByte: number, bytes: Uint8Array, length: number): void {
    const { asked, headers, response } = context;
    const { store, report } = this.#options;
    const fresh = this.#entry(context, length);
    const known = store.find(asked.key);
    // "For the duration of the error caching minimum TTL": an error does not push out what may be shown instead of it.
    if (known?.status === 200 && response.status >= 500) return;
    const entry =
      known?.isSameRepresentation(headers, length) && fresh.status === 200 ? refreshed(known, fresh) : fresh;
    const differing = entry.add(startByte, bytes);
    if (differing > 0) {
      report(`${differing} bytes of ${asked.key} are others than before, under the same ETag ${headers.get('etag')}`);
    }
    this.#put(asked.key, entry);
  }

  #put(key: string, entry: StoredResponse): void {
    this.#options.store.put(key, entry);
  }

  #entry({ response, headers, lifetime, nowMs }: Context, length: number): StoredResponse {
    const freshUntilMs = nowMs + (lifetime.ttlSeconds ?? 0) * 1000;
    const own = new Headers(headers);
    own.delete('content-range');
    if (length > 0) own.set('content-length', String(length));
    return new StoredResponse({
      status: response.status === 206 ? 200 : response.status,
      headers: own,
      length,
      freshUntilMs,
      staleUntilMs: freshUntilMs + lifetime.staleOnErrorSeconds * 1000,
      storedAtMs: nowMs - Number(response.headers.get('age') ?? 0) * 1000,
    });
  }

  /** A body of unknown length is kept when it has come to its end and was not too long. */
  async *#recorded(context: Context): EdgeBody {
    const pieces: Uint8Array[] = [];
    let byteLength = 0;
    for await (const piece of context.body) {
      byteLength += piece.byteLength;
      if (byteLength <= this.#options.maxStoredBytes) pieces.push(piece);
      else pieces.length = 0;
      yield piece;
    }
    const isKept = context.lifetime.ttlSeconds !== undefined && byteLength <= this.#options.maxStoredBytes;
    if (isKept) this.#keep(context, 0, Buffer.concat(pieces), byteLength);
  }

  #refused(response: Response, fault: string): Digested {
    abandon(response);
    this.#options.report(fault);
    return plain(errorAnswer(502, fault));
  }

  #again(response: Response, what: 'exactly' | 'whole'): Digested {
    abandon(response);
    return { kind: 'again', for: what };
  }
}

/** HEAD answers have no bytes: they stand beside those of GET. */
export function headKey({ key }: Asked): string {
  return `HEAD ${key}`;
}

/** What the viewer's own If-None-Match says to an answer that was asked for with the cache's. */
export function judgedForViewer(asked: Asked, answer: EdgeAnswer): EdgeAnswer {
  const isObject = answer.status === 200 || answer.status === 206;
  if (!isObject || judge(asked.origin.headers, answer.headers) !== 'not-modified') return answer;
  return { ...answer, status: 304, headers: withoutBody(answer.headers), body: null };
}

function refreshed(known: StoredResponse, fresh: StoredResponse): StoredResponse {
  known.headers = fresh.headers;
  known.freshUntilMs = fresh.freshUntilMs;
  known.staleUntilMs = fresh.staleUntilMs;
  known.storedAtMs = fresh.storedAtMs;
  return known;
}

function cleaned(headers: Headers, { behaviour }: Asked): Headers {
  const own = new Headers(headers);
  for (const name of REMOVED) own.delete(name);
  // "If you configure CloudFront to forward cookies, it will forward the Set-Cookie header field to clients."
  const { cachePolicy, originRequestPolicy } = behaviour;
  if (cachePolicy.cookies.kind === 'none' && originRequestPolicy.cookies.kind === 'none') own.delete('set-cookie');
  return own;
}

function plain(answer: EdgeAnswer): Digested {
  return { kind: 'answer', answer };
}
