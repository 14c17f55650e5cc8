/** The cache of an edge: what it knows it answers, what it does not know it asks for, and keeps. */
import { type Asked, askedBy, askingWith, isConditional, onlyRange } from './asked.ts';
import { abandon, inTurn } from './body-streams.ts';
import { contentRange, rangeHeader } from './byte-ranges.ts';
import { CacheStore } from './cache-store.ts';
import { isStrong } from './conditions.ts';
import type { Behaviour } from './distribution.ts';
import { errorAnswer } from './edge-error.ts';
import type { EdgeAnswer, EdgeRequest } from './exchange.ts';
import type { OriginRequest } from './forwarding.ts';
import { errorPauseSeconds, lifetimeOf } from './freshness.ts';
import type { Mischief } from './mischief.ts';
import { type Digested, headKey, judgedForViewer, OriginDigest, type Sent } from './origin-digest.ts';
import type { OriginAnswer, OriginFetch } from './origin-fetch.ts';
import { couldAnswer, heldStart, partAnswer, piecesOf, storedAnswer } from './stored-answer.ts';
import type { StoredResponse } from './stored-response.ts';

export type EdgeCacheOptions = {
  readonly fetch: OriginFetch;
  readonly errorTtlSeconds: ReadonlyMap<number, number>;
  readonly mischief: Mischief;
  readonly maxCacheBytes: number;
  /** Answers that are longer are passed on, and not kept. */
  readonly maxStoredBytes: number;
  readonly report: (fault: string) => void;
};

export class EdgeCache {
  readonly #options: EdgeCacheOptions;
  readonly #store: CacheStore;
  readonly #digest: OriginDigest;
  /** Requests on their way, each over when its answer is in the cache or will not get there. */
  readonly #flights = new Map<string, Promise<unknown>>();

  constructor(options: EdgeCacheOptions) {
    this.#options = options;
    this.#store = new CacheStore(options.maxCacheBytes);
    this.#digest = new OriginDigest({ ...options, store: this.#store });
  }

  async answer(request: EdgeRequest, behaviour: Behaviour): Promise<EdgeAnswer> {
    const asked = askedBy(request, behaviour);
    // "CloudFront does not cache responses to requests that use the other methods."
    if (!['GET', 'HEAD'].includes(asked.method)) return this.#passed(asked);
    return (await this.#fromCache(asked)) ?? this.#collapsed(asked);
  }

  async #passed(asked: Asked): Promise<EdgeAnswer> {
    const given = await this.#options.fetch.ask(asked.behaviour.target, asked.origin);
    if (given.kind === 'failed') return errorAnswer(given.status, given.sentence);
    const unkept = new OriginDigest({ ...this.#options, store: new CacheStore(0) });
    const digested = unkept.digest(asked, given.response, given.origin, 'exactly');
    return digested.kind === 'answer'
      ? digested.answer
      : errorAnswer(502, 'the origin answered what cannot be passed on');
  }

  async #fromCache(asked: Asked): Promise<EdgeAnswer | undefined> {
    const { mischief } = this.#options;
    if (mischief.evicts()) this.#store.remove(asked.key);
    const entry = this.#lookUp(asked);
    if (entry === undefined) return undefined;
    const evicted = mischief.evictsPart();
    if (evicted !== undefined) entry.evictPart(evicted);
    const nowMs = Date.now();
    const isFresh = entry.freshUntilMs > nowMs;
    if (isFresh && !mischief.revalidatesEarly()) {
      return (
        storedAnswer(entry, asked, 'Hit', nowMs) ?? (mischief.combines() ? this.#combined(entry, asked) : undefined)
      );
    }
    return this.#revalidated(entry, asked);
  }

  /** A HEAD is answered from what a GET has left, or from what a HEAD has. */
  #lookUp(asked: Asked): StoredResponse | undefined {
    const entry = this.#store.find(asked.key);
    if (asked.method !== 'HEAD' || entry?.isWhole) return entry;
    return this.#store.find(headKey(asked));
  }

  /**
   * "If there are additional requests for the same object before your origin responds to the first request, CloudFront
   * pauses before forwarding additional requests, and sends the response of the first to all."
   */
  async #collapsed(asked: Asked): Promise<EdgeAnswer> {
    if (isConditional(asked)) return (await this.#fromOrigin(asked)).answer;
    const flightId = `${asked.method} ${asked.origin.headers.get('range') ?? ''} ${asked.key}`;
    const flight = this.#flights.get(flightId);
    if (flight !== undefined) {
      await flight;
      return (await this.#fromCache(asked)) ?? (await this.#fromOrigin(asked)).answer;
    }
    const leading = this.#fromOrigin(asked);
    const over = leading
      .then(({ stored }) => stored)
      .catch(() => {})
      .then(() => {
        this.#flights.delete(flightId);
      });
    this.#flights.set(flightId, over);
    return (await leading).answer;
  }

  async #fromOrigin(asked: Asked): Promise<Digested & { kind: 'answer' }> {
    const { request, sent } = this.#asIsOrMore(asked);
    let digested = await this.#askAndDigest(asked, request, sent);
    if (digested.kind === 'again' && digested.for === 'exactly') {
      digested = await this.#askAndDigest(asked, asked.origin, 'exactly');
    }
    if (digested.kind === 'again') {
      // A whole that was asked for because the range came without a length goes to the viewer as the whole that it is.
      const whole = { ...asked, ranges: undefined };
      digested = await this.#askAndDigest(whole, askingWith(asked.origin, WITHOUT_RANGE), 'exactly');
    }
    if (digested.kind === 'answer') return digested;
    return { kind: 'answer', answer: errorAnswer(502, 'the origin gave no answer that fits what was asked for') };
  }

  #asIsOrMore(asked: Asked): { request: OriginRequest; sent: Sent } {
    const spec = onlyRange(asked);
    if (spec === undefined) return { request: asked.origin, sent: 'exactly' };
    const { mischief } = this.#options;
    if (mischief.asksForWhole()) return { request: askingWith(asked.origin, WITHOUT_RANGE), sent: 'whole' };
    if (spec.kind === 'suffix' || spec.endByte === undefined) return { request: asked.origin, sent: 'exactly' };
    const larger = mischief.enlarge({ startByte: spec.startByte, endByte: spec.endByte });
    if (larger === undefined) return { request: asked.origin, sent: 'exactly' };
    return { request: askingWith(asked.origin, { range: rangeHeader({ kind: 'from', ...larger }) }), sent: 'enlarged' };
  }

  async #askAndDigest(asked: Asked, request: OriginRequest, sent: Sent): Promise<Digested> {
    const given = await this.#options.fetch.ask(asked.behaviour.target, request);
    if (given.kind === 'failed') return { kind: 'answer', answer: errorAnswer(given.status, given.sentence) };
    return this.#digest.digest(asked, given.response, given.origin, sent);
  }

  /**
   * "CloudFront forwards the request to the origin to verify that the cache contains the latest version", with the ETag
   * or the date of what it has. Undefined: to be asked for anew.
   */
  async #revalidated(entry: StoredResponse, asked: Asked): Promise<EdgeAnswer | undefined> {
    const etag = entry.headers.get('etag');
    const modified = entry.headers.get('last-modified');
    const { headers } = asked.origin;
    if (headers.has('if-match') || headers.has('if-unmodified-since') || entry.status !== 200) return undefined;
    if ((etag === null && modified === null) || !couldAnswer(entry, asked, Date.now())) return undefined;
    const asksWhole = headers.has('if-range');
    const request = askingWith(asked.origin, {
      'if-none-match': etag,
      'if-modified-since': modified,
      ...(asksWhole && WITHOUT_RANGE),
    });
    const given = await this.#options.fetch.ask(asked.behaviour.target, request);
    if (given.kind === 'failed' || given.response.status >= 500) return this.#stale(entry, asked, given);
    if (given.response.status === 304) return this.#confirmed(entry, asked, given.response);
    const digested = this.#digest.digest(asked, given.response, given.origin, asksWhole ? 'whole' : 'exactly');
    return digested.kind === 'answer' ? judgedForViewer(asked, digested.answer) : undefined;
  }

  /** RFC 9111 section 4.3.4: the headers of a 304 replace those that are stored. */
  #confirmed(entry: StoredResponse, asked: Asked, response: Response): EdgeAnswer | undefined {
    abandon(response);
    const etag = response.headers.get('etag');
    if (etag !== null && etag !== entry.headers.get('etag')) {
      this.#options.report(`the origin answered 304 with ETag ${etag}, asked about ${entry.headers.get('etag')}`);
      this.#store.remove(asked.key);
      return undefined;
    }
    const headers = new Headers(entry.headers);
    for (const [name, value] of response.headers) if (!KEPT_AT_304.includes(name)) headers.set(name, value);
    const nowMs = Date.now();
    const rules = { policy: asked.behaviour.cachePolicy, errorTtlSeconds: this.#options.errorTtlSeconds };
    const { ttlSeconds = 0, staleOnErrorSeconds } = lifetimeOf(200, headers, rules, nowMs);
    entry.headers = headers;
    entry.storedAtMs = nowMs;
    entry.freshUntilMs = nowMs + ttlSeconds * 1000;
    entry.staleUntilMs = entry.freshUntilMs + staleOnErrorSeconds * 1000;
    return storedAnswer(entry, asked, 'RefreshHit', nowMs);
  }

  /**
   * "If your origin returns a 5xx status code, CloudFront serves the object even though it has expired. For the
   * duration of the error caching minimum TTL, CloudFront continues to respond by serving the object from the edge
   * cache."
   */
  #stale(entry: StoredResponse, asked: Asked, given: OriginAnswer): EdgeAnswer | undefined {
    const nowMs = Date.now();
    const status = given.kind === 'failed' ? given.status : given.response.status;
    if (nowMs < entry.staleUntilMs) {
      if (given.kind === 'answered') abandon(given.response);
      const pause = errorPauseSeconds(status, { policy: asked.behaviour.cachePolicy, ...this.#options });
      entry.freshUntilMs = Math.min(entry.staleUntilMs, nowMs + pause * 1000);
      return storedAnswer(entry, asked, 'Hit', nowMs);
    }
    if (given.kind === 'failed') return errorAnswer(given.status, given.sentence);
    const digested = this.#digest.digest(asked, given.response, given.origin, 'exactly');
    return digested.kind === 'answer' ? digested.answer : undefined;
  }

  /**
   * RFC 9111 section 3.4: the rest of a range whose start is here, asked for under the condition that it is the same.
   */
  async #combined(entry: StoredResponse, asked: Asked): Promise<EdgeAnswer | undefined> {
    const held = heldStart(entry, asked);
    const etag = entry.headers.get('etag');
    if (held === undefined || !isStrong(etag) || isConditional(asked)) return undefined;
    const { span, restByte } = held;
    const start = piecesOf(entry, { startByte: span.startByte, endByte: restByte });
    const { length } = entry;
    const spec = { kind: 'from', startByte: restByte, endByte: span.endByte } as const;
    const request = askingWith(asked.origin, { range: rangeHeader(spec), 'if-range': etag });
    const given = await this.#options.fetch.ask(asked.behaviour.target, request);
    if (given.kind === 'failed') return errorAnswer(given.status, given.sentence);
    const { response, origin } = given;
    const range = contentRange(response.headers.get('content-range'));
    const isRest =
      response.status === 206 &&
      response.headers.get('etag') === etag &&
      range?.startByte === restByte &&
      range.endByte === span.endByte &&
      range.length === length;
    if (!isRest) {
      abandon(response);
      this.#store.remove(asked.key);
      return undefined;
    }
    const rest = this.#digest.digest({ ...asked, origin: request, ranges: [spec] }, response, origin, 'exactly');
    if (rest.kind !== 'answer' || rest.answer.status !== 206) return undefined;
    return partAnswer(rest.answer.headers, span, length, inTurn(start, rest.answer.body ?? inTurn()), 'Miss');
  }
}

const WITHOUT_RANGE = { range: null, 'if-range': null } as const;
const KEPT_AT_304 = [
  'content-length',
  'content-range',
  'content-encoding',
  'transfer-encoding',
  'connection',
  'keep-alive',
];
