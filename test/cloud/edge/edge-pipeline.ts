/** From a viewer's request to its answer: behaviour, access, function, cache, headers. */
import type { Behaviour, Distribution } from './distribution.ts';
import type { EdgeCache } from './edge-cache.ts';
import { deniedAnswer, errorAnswer } from './edge-error.ts';
import { EdgeFunction } from './edge-function.ts';
import { cookiesOf, type EdgeAnswer, type EdgeRequest } from './exchange.ts';
import { matchesBehaviour } from './path-pattern.ts';
import type { EdgeResource } from './ports.ts';
import { applyResponseHeaders } from './response-headers.ts';
import { denialOf, withoutSignature } from './signed-access.ts';

type Route = {
  readonly behaviour: Behaviour;
  readonly viewerRequest: EdgeFunction | undefined;
  readonly viewerResponse: EdgeFunction | undefined;
};

export class EdgePipeline {
  readonly #routes: readonly Route[];
  readonly #defaultRootObject: string;
  readonly #cache: EdgeCache;

  /** Throws for functions that cannot run here. */
  constructor(distribution: Distribution, cache: EdgeCache) {
    const functions = new Map<string, EdgeFunction>();
    const compiled = (resource: EdgeResource | undefined) => {
      if (resource === undefined) return undefined;
      const known = functions.get(resource.physicalId) ?? new EdgeFunction(resource);
      functions.set(resource.physicalId, known);
      return known;
    };
    this.#routes = distribution.behaviours.map((behaviour) => ({
      behaviour,
      viewerRequest: compiled(behaviour.functions.viewerRequest),
      viewerResponse: compiled(behaviour.functions.viewerResponse),
    }));
    this.#defaultRootObject = distribution.defaultRootObject;
    this.#cache = cache;
  }

  async answer(viewer: EdgeRequest, hasBody: boolean): Promise<EdgeAnswer> {
    const request = this.#rooted(viewer);
    const route = this.#routeOf(request);
    if (route === undefined) return errorAnswer(403, 'no cache behaviour matches this path');
    const found = await this.#inRoute(route, request, hasBody);
    // What is added for this viewer is no part of what the cache keeps for all.
    const answer = { ...found, headers: new Headers(found.headers) };
    const { responseHeadersPolicy } = route.behaviour;
    if (responseHeadersPolicy !== undefined) applyResponseHeaders(responseHeadersPolicy, request, answer.headers);
    // After the policy: "headers that a policy inserted are seen by the function of the viewer response".
    if (route.viewerResponse === undefined || answer.result === 'FunctionGeneratedResponse' || answer.status >= 400) {
      return answer;
    }
    return route.viewerResponse.onViewerResponse(request, answer);
  }

  async #inRoute({ behaviour, viewerRequest }: Route, viewer: EdgeRequest, hasBody: boolean): Promise<EdgeAnswer> {
    if (!behaviour.allowedMethods.includes(viewer.method)) {
      const allowed = behaviour.allowedMethods.join(', ');
      return errorAnswer(
        403,
        `This distribution is not configured to allow the HTTP request method ${viewer.method}; it allows ${allowed}.`,
      );
    }
    // "If a viewer GET request includes a body, CloudFront returns an HTTP status code 403 (Forbidden) to the viewer."
    if (hasBody && viewer.method === 'GET') return errorAnswer(403, 'a GET with a body is refused');
    const keys = behaviour.keyGroups;
    if (keys !== undefined) {
      // "CloudFront uses the public key to validate the signature. If the request meets the requirements, CloudFront
      // performs the standard operations": functions see only what was let in.
      const denial = denialOf(viewer, keys, Date.now());
      if (denial !== undefined) return deniedAnswer(denial.code, denial.sentence);
    }
    const outcome = (await viewerRequest?.onViewerRequest(viewer)) ?? { kind: 'request', request: viewer };
    if (outcome.kind === 'answer') return outcome.answer;
    const request = keys === undefined ? outcome.request : unsigned(outcome.request);
    return this.#cache.answer(request, behaviour);
  }

  /** "If a request is for the root URL, CloudFront returns the default root object." */
  #rooted(request: EdgeRequest): EdgeRequest {
    return request.path === '/' && this.#defaultRootObject !== ''
      ? { ...request, path: `/${this.#defaultRootObject}` }
      : request;
  }

  /** "CloudFront evaluates path patterns in the order in which they're listed, and uses the first that matches." */
  #routeOf({ path }: EdgeRequest): Route | undefined {
    return this.#routes.find(({ behaviour }) => matchesBehaviour(behaviour.pathPattern, path));
  }
}

const SIGNING_COOKIES = /^CloudFront-(Policy|Signature|Key-Pair-Id|Expires|Hash-Algorithm)$/;

/**
 * "CloudFront removes these query string parameters before forwarding the request to the origin", and so the cookies.
 */
function unsigned(request: EdgeRequest): EdgeRequest {
  const cookies = cookiesOf(request).filter(([name]) => !SIGNING_COOKIES.test(name));
  const others = request.fields.filter(([name]) => name !== 'cookie');
  const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    ...request,
    query: withoutSignature(request.query),
    fields: cookie === '' ? others : [...others, ['cookie', cookie]],
  };
}
