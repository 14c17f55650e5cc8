/** Conditional requests for GET and HEAD: RFC 9110 §13. */
import { type EntityTag, parseEntityTag, parseEntityTags, strongMatch, weakMatch } from './entity-tag.ts';
import { parseHttpDate, wholeSecondMs } from './http-date.ts';

/** Header fields by name; lookup ignores case. A field that came several times is joined by `, `. */
export type RequestHeaders = { get(name: string): string | null | undefined };

export type Validators = {
  /** As the ETag field has it: quotes included, `W/` in front of a weak one. */
  readonly etag: string;
  readonly lastModifiedMs: number;
};

const PRECONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const;

export type PreconditionOutcome = 'proceed' | 'not_modified' | 'precondition_failed';

/**
 * The preconditions of a GET or HEAD of an existing representation, in the order of RFC 9110 §13.2.2.
 *
 * A date that is malformed is ignored (§13.1.3, §13.1.4). A malformed list of tags matches nothing: If-Match then fails
 * and If-None-Match holds, the safe answer in both cases. Throws a RangeError when `validators.etag` is no entity tag and
 * the request has a condition.
 */
export function evaluatePreconditions(headers: RequestHeaders, validators: Validators): PreconditionOutcome {
  // Most requests have none.
  if (!PRECONDITIONS.some((name) => typeof headers.get(name) === 'string')) return 'proceed';
  const current = currentTag(validators);
  const modifiedMs = wholeSecondMs(validators.lastModifiedMs);

  const ifMatch = headers.get('if-match') ?? undefined;
  if (ifMatch !== undefined) {
    if (!listMatches(ifMatch, (tag) => strongMatch(tag, current))) return 'precondition_failed';
  } else {
    const unmodifiedSinceMs = dateOf(headers, 'if-unmodified-since');
    if (unmodifiedSinceMs !== undefined && modifiedMs > unmodifiedSinceMs) return 'precondition_failed';
  }

  const ifNoneMatch = headers.get('if-none-match') ?? undefined;
  if (ifNoneMatch !== undefined) {
    return listMatches(ifNoneMatch, (tag) => weakMatch(tag, current)) ? 'not_modified' : 'proceed';
  }
  const modifiedSinceMs = dateOf(headers, 'if-modified-since');
  return modifiedSinceMs !== undefined && modifiedMs <= modifiedSinceMs ? 'not_modified' : 'proceed';
}

/**
 * Whether a Range header is to be honoured: there is no If-Range, or it names the current representation
 * (RFC 9110 §13.1.5). Tags compare strongly; a date must equal Last-Modified exactly.
 *
 * Equality is enough for dates here. A date is a strong validator unless the source changed twice within its second
 * (§8.8.2.2), which the server cannot see; but every answer carries an entity tag, and a client that was given one must
 * not send a date. Those that do, keep no tags, and they have checked that the date is strong, as §13.1.5 bids them.
 */
export function ifRangeHolds(headers: RequestHeaders, validators: Validators): boolean {
  const ifRange = headers.get('if-range') ?? undefined;
  if (ifRange === undefined) return true;
  const tag = parseEntityTag(ifRange.trim());
  if (tag !== undefined) return strongMatch(tag, currentTag(validators));
  return parseHttpDate(ifRange.trim()) === wholeSecondMs(validators.lastModifiedMs);
}

function currentTag({ etag }: Validators): EntityTag {
  const tag = parseEntityTag(etag);
  if (tag === undefined) throw new RangeError(`an entity tag is quoted text; received ${JSON.stringify(etag)}`);
  return tag;
}

function listMatches(field: string, matches: (tag: EntityTag) => boolean): boolean {
  const tags = parseEntityTags(field);
  return tags === '*' || (tags?.some(matches) ?? false);
}

function dateOf(headers: RequestHeaders, name: string): number | undefined {
  return parseHttpDate((headers.get(name) ?? '').trim());
}
