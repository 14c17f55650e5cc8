import { base64ToBytes, bytesToBase64 } from '../core/base64.ts';
import { CuepointError } from '../core/errors.ts';
import type { ApiContext } from './ports.ts';
import { type TrackView, trackView } from './track-view.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export type TrackList = { readonly tracks: readonly TrackView[]; readonly next?: string };

/**
 * Tracks in the order of their paths, those below `folder`, page by page. `cursor` is the `next` of the page before.
 * Throws `invalid_parameter` and `invalid_cursor`.
 */
export async function listTracks(
  { index }: Pick<ApiContext, 'index'>,
  query: {
    readonly folder?: string | undefined;
    readonly cursor?: string | undefined;
    readonly limit?: string | undefined;
  },
): Promise<TrackList> {
  const folder = (query.folder ?? '').replace(/^\/+|\/+$/g, '');
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const limit = parseLimit(query.limit, DEFAULT_LIMIT, MAX_LIMIT);
  const page = await index.list({ folder, limit, ...(after === undefined ? {} : { after }) });
  return {
    tracks: page.records.map(trackView),
    ...(page.next === undefined ? {} : { next: encodeCursor(page.next) }),
  };
}

export function parseLimit(text: string | undefined, fallback: number, largest: number): number {
  if (text === undefined) return fallback;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > largest) {
    throw new CuepointError(
      'invalid_parameter',
      `limit is ${JSON.stringify(text.slice(0, 60))}; expected a whole number from 1 to ${largest}`,
    );
  }
  return limit;
}

const CURSOR_VERSION = 'p:';

/** Base64url, so that nobody reads a path into it, or builds one. */
function encodeCursor(path: string): string {
  const bytes = new TextEncoder().encode(CURSOR_VERSION + path);
  return bytesToBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function decodeCursor(cursor: string): string {
  try {
    const bytes = base64ToBytes(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (text.startsWith(CURSOR_VERSION)) return text.slice(CURSOR_VERSION.length);
  } catch {
    // Not base64 or not UTF-8: the same answer as for any other text that is no cursor.
  }
  throw new CuepointError('invalid_cursor', 'cursor is not one that this service gave; start again without a cursor');
}
