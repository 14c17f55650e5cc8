/**
 * Path patterns of cache behaviours and resources of policies: `*` is any run of characters, `?` exactly one. Slashes
 * are characters like others, and case matters.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = pattern[inPattern];
    if (expected === '*') {
      star = inPattern++;
      resumeAt = at;
    } else if (expected !== undefined && (expected === '?' || expected === text[at])) {
      at++;
      inPattern++;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}

/** "The path pattern for a behaviour can begin with a slash or not": `images/*` and `/images/*` are one. */
export function matchesBehaviour(pattern: string, path: string): boolean {
  return matchesPattern(pattern.startsWith('/') ? pattern : `/${pattern}`, normalPath(path));
}

/**
 * "CloudFront normalises URI paths consistent with RFC 3986 and then matches the path with the correct cache behaviour.
 * Once it is matched, CloudFront sends the raw URI path to the origin." RFC 3986 section 6.2.2: escapes in upper case,
 * none of unreserved characters, dot segments resolved.
 */
export function normalPath(path: string): string {
  const escaped = path.replace(/%[0-9a-f]{2}/gi, (found) => {
    const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : found.toUpperCase();
  });
  const segments: string[] = [];
  const given = escaped.split('/');
  given.forEach((segment, index) => {
    const isLast = index === given.length - 1;
    if (segment === '..') {
      if (segments.length > 1) segments.pop();
      if (isLast) segments.push('');
    } else if (segment === '.') {
      if (isLast) segments.push('');
    } else {
      segments.push(segment);
    }
  });
  return segments.join('/');
}
