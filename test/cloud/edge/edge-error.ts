/** Answers of CloudFront's own, in words. */
import type { CacheResult, EdgeAnswer, EdgeBody } from './exchange.ts';

const TITLES = new Map([
  [400, 'Bad Request'],
  [403, 'Forbidden'],
  [412, 'Precondition Failed'],
  [413, 'Request Entity Too Large'],
  [416, 'Requested Range Not Satisfiable'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
]);

/** An error page. The words of the real ones differ from case to case; these say what is wrong. */
export function errorAnswer(status: number, sentence: string, result: CacheResult = 'Error'): EdgeAnswer {
  const title = TITLES.get(status) ?? 'Error';
  const safe = sentence.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const heading = `<title>ERROR: The request could not be satisfied</title>\n<h1>${status} ${title}</h1>`;
  const page = `<!DOCTYPE html>\n${heading}\n<p>${safe}</p>\n`;
  const bytes = new TextEncoder().encode(page);
  const headers = new Headers({
    'content-type': 'text/html',
    'content-length': String(bytes.byteLength),
    server: 'CloudFront',
  });
  return { status, headers, body: onlyBytes(bytes), result };
}

/**
 * The error codes of signed URLs that S3 and CloudFront share: `MissingKey`, `AccessDenied`, `InvalidKey`,
 * `MalformedPolicy`.
 */
export function deniedAnswer(code: string, sentence: string): EdgeAnswer {
  const error = `<Error><Code>${code}</Code><Message>${sentence}</Message></Error>`;
  const text = `<?xml version="1.0" encoding="UTF-8"?>${error}`;
  const bytes = new TextEncoder().encode(text);
  const headers = new Headers({
    'content-type': 'text/xml',
    'content-length': String(bytes.byteLength),
    server: 'CloudFront',
  });
  return { status: 403, headers, body: onlyBytes(bytes), result: 'Error' };
}

export async function* onlyBytes(bytes: Uint8Array): EdgeBody {
  if (bytes.byteLength > 0) yield bytes;
}
