// Runs at CloudFront's edge before its cache is asked: cloudfront-js-2.0, which is ECMAScript 5.1 with const, let and a few
// more. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
//
// One meaning, one URL: the cache then holds it once, and the signature that CloudFront puts on requests to a function URL
// is over the very path that is sent.

// What the service understands. Anything else would only split the cache.
const QUERY_NAMES = [
  'bits',
  'bytes',
  'channels',
  'cursor',
  'delivery',
  'end',
  'folder',
  'from',
  'limit',
  'maxBytesPerSecond',
  'pixels_per_second',
  'ranges',
  'samples_per_pixel',
  'start',
  't',
  'version',
  'zoom',
];

// Of signed URLs. CloudFront checks them, and passes them on to nobody.
const SIGNATURE_NAMES = ['Expires', 'Hash-Algorithm', 'Key-Pair-Id', 'Policy', 'Signature'];

const METHODS = ['GET', 'HEAD', 'OPTIONS'];

const ALLOW = METHODS.join(', ');

// Whose pages may read what is answered here. The construct puts a list in its place, where one is configured.
const ALLOWED_ORIGINS = ['*'];

// As lambdas/api/shared-headers.ts has them.
const REQUEST_HEADERS =
  'Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Content-Type, Accept-Encoding';

// What can be read, in normal form, as lambdas/api/routes.ts has it. Whether a track of that name exists only the service knows.
const READABLE = [
  '',
  '/web/(?:page|join)[.]js',
  '/v1/(?:docs|openapi[.]json|tracks)',
  '/v1/tracks/[^/]+',
  '/v1/tracks/[^/]+/(?:analysis|audio|chunks|waveform[.](?:dat|json|svg)|subtitles/[^/]+)',
  '/(?:stream|d)/.+',
];

const READ = new RegExp(`^(?:${READABLE.join('|')})/?$`);

// It takes POST, which passes no CDN of ours.
const RESOLVE = /^\/v1\/tracks\/[^/]+\/chunks%3Aresolve\/?$/;

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  if (METHODS.indexOf(request.method) < 0) {
    const sentence = `${request.method} is not allowed here; this address takes ${ALLOW}`;
    const title = 'The method is not allowed';
    return problem(405, 'Method Not Allowed', 'method_not_allowed', title, sentence, request, request.uri);
  }
  if (request.method === 'OPTIONS') return optionsAnswer(request);

  const path = percentEncoded(request.uri, true);
  if (hasDotSegment(path)) {
    return nothingThere('the path has a segment that is . or ..; ask for the path that is meant', request, path);
  }
  if (!isUtf8(path)) {
    return nothingThere('the path is not percent-encoded UTF-8; encode each segment of it', request, path);
  }
  request.uri = path;
  // A signed URL keeps its query as it was signed: whoever signs it has to write it in the normal form.
  request.querystring = normalQuery(request.querystring, path.indexOf('/d/') === 0 ? [] : QUERY_NAMES);
  // The function URL needs its own Host header; this one tells by which name it was called. Never the viewer's own word.
  request.headers['x-cuepoint-host'] = { value: request.headers.host ? request.headers.host.value : '' };
  return request;
}

// Answered here, because a bucket refuses it. CloudFront lets only signed ones through to here where signatures are asked.
function optionsAnswer(request) {
  const headers = sharedHeaders(request);
  const path = percentEncoded(request.uri, true);
  if (RESOLVE.test(path)) headers.allow = { value: 'OPTIONS' };
  else if (READ.test(path)) headers.allow = { value: ALLOW };
  const mayRead = headers['access-control-allow-origin'] !== undefined;
  if (mayRead && request.headers['access-control-request-method']) {
    headers['access-control-allow-methods'] = { value: ALLOW };
    headers['access-control-allow-headers'] = { value: REQUEST_HEADERS };
    headers['access-control-max-age'] = { value: '86400' };
  }
  // A page of the public web that reaches the edge at an address of a private network.
  const toPrivate = request.headers['access-control-request-private-network'];
  if (mayRead && toPrivate && toPrivate.value === 'true')
    headers['access-control-allow-private-network'] = { value: 'true' };
  return { statusCode: 204, statusDescription: 'No Content', headers: headers };
}

// As lambdas/api/shared-headers.ts has them. What else belongs to each answer the response headers policy adds.
function sharedHeaders(request) {
  if (ALLOWED_ORIGINS[0] === '*') return { 'access-control-allow-origin': { value: '*' } };
  const headers = { 'cross-origin-resource-policy': { value: 'same-site' }, vary: { value: 'Origin' } };
  const origin = request.headers.origin;
  if (origin && ALLOWED_ORIGINS.indexOf(origin.value) >= 0) {
    headers['access-control-allow-origin'] = { value: origin.value };
    headers['timing-allow-origin'] = { value: origin.value };
  }
  return headers;
}

function nothingThere(sentence, request, path) {
  return problem(404, 'Not Found', 'not_found', 'There is nothing at this address', sentence, request, path);
}

// RFC 9457, as the service has it (lambdas/core/http/problem.ts).
function problem(status, reason, code, title, detail, request, instance) {
  const headers = sharedHeaders(request);
  headers['content-type'] = { value: 'application/problem+json' };
  headers['cache-control'] = { value: 'no-store' };
  if (status === 405) headers.allow = { value: ALLOW };
  return {
    statusCode: status,
    statusDescription: reason,
    headers: headers,
    body: {
      encoding: 'text',
      data: JSON.stringify({
        type: `/problems/${code}`,
        title: title,
        status: status,
        detail: detail,
        error: detail,
        code: code,
        instance: instance,
      }),
    },
  };
}

// RFC 3986 section 6.2.2: unreserved characters as they are, all others as %XX in upper case, each byte of UTF-8 by itself.
// A percent sign that begins no such escape is one itself.
function percentEncoded(text, keepsSlashes) {
  return text.replace(/%[0-9A-Fa-f]{2}|[\uD800-\uDBFF][\uDC00-\uDFFF]|[^A-Za-z0-9\-._~]/g, (found) => {
    if (found.charAt(0) === '%' && found.length === 3) {
      const character = String.fromCharCode(parseInt(found.slice(1), 16));
      return /[A-Za-z0-9\-._~]/.test(character) ? character : found.toUpperCase();
    }
    if (found === '/' && keepsSlashes) return found;
    return escaped(found);
  });
}

function escaped(character) {
  const code = character.charCodeAt(0);
  if (code < 0x80) return `%${code < 0x10 ? '0' : ''}${code.toString(16).toUpperCase()}`;
  // Half a surrogate pair has no UTF-8: U+FFFD stands for it.
  return character.length === 1 && code >= 0xd800 && code < 0xe000 ? '%EF%BF%BD' : encodeURIComponent(character);
}

// The service would resolve it, and then answer for a path that CloudFront judged by other rules.
function hasDotSegment(path) {
  return path.split('/').some((segment) => segment === '.' || segment === '..');
}

// No key of a bucket is anything else, and S3 would say so in words of its own.
function isUtf8(path) {
  try {
    decodeURIComponent(path);
    return true;
  } catch (_) {
    return false;
  }
}

// The known names in the order of the alphabet; of a name that comes several times, all values in their own order.
function normalQuery(query, names) {
  const normal = {};
  names
    .concat(SIGNATURE_NAMES)
    .sort()
    .forEach((name) => {
      const given = query[name];
      if (given === undefined) return;
      const values = (given.multiValue || [given]).map((entry) => ({ value: normalValue(name, entry.value) }));
      normal[name] = values.length > 1 ? { value: values[0].value, multiValue: values } : values[0];
    });
  return normal;
}

// In a query, + is a space (WHATWG URL, application/x-www-form-urlencoded). What is signed is left as it is.
function normalValue(name, value) {
  return SIGNATURE_NAMES.indexOf(name) < 0 ? percentEncoded(value.replace(/\+/g, '%20'), false) : value;
}
