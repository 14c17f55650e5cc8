/**
 * Range and Content-Range. Ranges are half open within; the inclusive ends of HTTP stay in this file.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html and RFC 9110 section 14
 */

/** [startByte, endByte) */
export type ByteSpan = { readonly startByte: number; readonly endByte: number };

/** `endByte` undefined: to the end. A suffix is the last so many bytes. */
export type RangeSpec =
  | { readonly kind: 'from'; readonly startByte: number; readonly endByte: number | undefined }
  | { readonly kind: 'suffix'; readonly byteLength: number };

/**
 * The ranges that a viewer asks for. Undefined: the whole, because there is no header, or one that CloudFront answers
 * with the whole: "The ranges must be listed in ascending order. The ranges must not overlap. All of the range
 * specifications must be valid."
 */
export function requestedRanges(header: string | null | undefined): readonly RangeSpec[] | undefined {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header ?? '')?.[1];
  if (list === undefined) return undefined;
  const specs: RangeSpec[] = [];
  for (const text of list.split(',')) {
    const spec = rangeSpec(text.trim());
    if (spec === undefined) return undefined;
    specs.push(spec);
  }
  return specs.every((spec, index) => index === 0 || follows(specs[index - 1], spec)) ? specs : undefined;
}

function rangeSpec(text: string): RangeSpec | undefined {
  const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(text) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { kind: 'suffix', byteLength: Number(last) };
  const startByte = Number(first);
  if (last === '') return { kind: 'from', startByte, endByte: undefined };
  return Number(last) < startByte ? undefined : { kind: 'from', startByte, endByte: Number(last) + 1 };
}

/** A suffix may only be the last: where it begins is not known before the length is. */
function follows(before: RangeSpec | undefined, spec: RangeSpec): boolean {
  if (before?.kind !== 'from' || before.endByte === undefined) return false;
  return spec.kind === 'suffix' || spec.startByte >= before.endByte;
}

/** Undefined: there is no such byte. */
export function resolveRange(spec: RangeSpec, length: number): ByteSpan | undefined {
  if (spec.kind === 'suffix') {
    return spec.byteLength === 0 || length === 0
      ? undefined
      : { startByte: Math.max(0, length - spec.byteLength), endByte: length };
  }
  if (spec.startByte >= length) return undefined;
  return { startByte: spec.startByte, endByte: Math.min(length, spec.endByte ?? length) };
}

export function rangeHeader(spec: RangeSpec): string {
  if (spec.kind === 'suffix') return `bytes=-${spec.byteLength}`;
  return `bytes=${spec.startByte}-${spec.endByte === undefined ? '' : spec.endByte - 1}`;
}

export type ContentRange = ByteSpan & { readonly length: number };

/** Undefined: none, or one that is not well formed or of unknown length. */
export function contentRange(header: string | null): ContentRange | undefined {
  const [, first, last, length] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || length === undefined) return undefined;
  const range = { startByte: Number(first), endByte: Number(last) + 1, length: Number(length) };
  return range.startByte < range.endByte && range.endByte <= range.length ? range : undefined;
}

export function contentRangeHeader({ startByte, endByte }: ByteSpan, length: number): string {
  return `bytes ${startByte}-${endByte - 1}/${length}`;
}
