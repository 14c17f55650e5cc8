/** RFC 9110 section 13: conditional requests. */
import type { Fields, ServedTrack, Subject } from './target.ts';

/** `revision` is the tag without its quotes. */
export type Validators = Pick<ServedTrack, 'etag' | 'lastModified' | 'revision'>;

const SECOND_MS = 1000;
const shifted = (track: Validators, seconds: number): string =>
  new Date(Date.parse(track.lastModified) + seconds * SECOND_MS).toUTCString();

/** RFC 850's form, obsolete and to be accepted (section 5.6.7). */
function rfc850(date: string): string {
  const [, day, month, year, time] = /^\w+, (\d\d) (\w+) \d\d(\d\d) (\S+) GMT$/.exec(date) ?? [];
  const weekday = new Date(date).toLocaleDateString('en-US', { weekday: 'long', timeZone: 'UTC' });
  return `${weekday}, ${day}-${month}-${year} ${time} GMT`;
}

type Case = readonly [section: string, name: string, fields: (track: Validators) => Fields, status: number];

export const PRECONDITION_CASES: readonly Case[] = [
  ['13.1.1', 'If-Match with the tag', (t) => ({ 'If-Match': t.etag }), 200],
  ['13.1.1', 'If-Match with the tag among others', (t) => ({ 'If-Match': `"a,b", ${t.etag} ,"c"` }), 200],
  ['13.1.1', 'If-Match *', () => ({ 'If-Match': '*' }), 200],
  ['13.1.1', 'If-Match with another tag', () => ({ 'If-Match': '"other"' }), 412],
  ['13.1.1', 'If-Match compares strongly: a weak tag fails', (t) => ({ 'If-Match': `W/${t.etag}` }), 412],
  ['13.1.1', 'If-Match with what is no tag', () => ({ 'If-Match': 'no tag' }), 412],
  ['13.1.2', 'If-None-Match with the tag', (t) => ({ 'If-None-Match': t.etag }), 304],
  ['13.1.2', 'If-None-Match compares weakly', (t) => ({ 'If-None-Match': `W/${t.etag}` }), 304],
  ['13.1.2', 'If-None-Match with the tag last', (t) => ({ 'If-None-Match': `"a", "b,c",${t.etag}` }), 304],
  ['13.1.2', 'If-None-Match *', () => ({ 'If-None-Match': '*' }), 304],
  ['13.1.2', 'If-None-Match with another tag', () => ({ 'If-None-Match': '"other"' }), 200],
  ['13.1.2', 'If-None-Match with part of the tag', (t) => ({ 'If-None-Match': `${t.etag.slice(0, -2)}"` }), 200],
  ['13.1.2', 'If-None-Match with the tag unquoted', (t) => ({ 'If-None-Match': t.revision }), 200],
  ['13.1.3', 'If-Modified-Since the very date', (t) => ({ 'If-Modified-Since': t.lastModified }), 304],
  ['13.1.3', 'If-Modified-Since a later date', (t) => ({ 'If-Modified-Since': shifted(t, 60) }), 304],
  ['13.1.3', 'If-Modified-Since an earlier date', (t) => ({ 'If-Modified-Since': shifted(t, -1) }), 200],
  ['13.1.3', 'If-Modified-Since what is no date', () => ({ 'If-Modified-Since': 'yesterday' }), 200],
  ['5.6.7', 'If-Modified-Since in the form of RFC 850', (t) => ({ 'If-Modified-Since': rfc850(t.lastModified) }), 304],
  ['13.1.4', 'If-Unmodified-Since the very date', (t) => ({ 'If-Unmodified-Since': t.lastModified }), 200],
  ['13.1.4', 'If-Unmodified-Since an earlier date', (t) => ({ 'If-Unmodified-Since': shifted(t, -1) }), 412],
  ['13.1.4', 'If-Unmodified-Since what is no date', () => ({ 'If-Unmodified-Since': '1' }), 200],
  [
    '13.1.3',
    'If-Modified-Since does not count beside If-None-Match',
    (t) => ({ 'If-None-Match': '"other"', 'If-Modified-Since': t.lastModified }),
    200,
  ],
  [
    '13.1.4',
    'If-Unmodified-Since does not count beside If-Match',
    (t) => ({ 'If-Match': t.etag, 'If-Unmodified-Since': shifted(t, -1) }),
    200,
  ],
  ['13.2.2', 'If-Match comes before If-None-Match', (t) => ({ 'If-Match': '"other"', 'If-None-Match': t.etag }), 412],
  ['13.2.2', 'If-None-Match comes before Range', (t) => ({ 'If-None-Match': t.etag, Range: 'bytes=0-1' }), 304],
  ['13.2.2', 'If-Match comes before Range', () => ({ 'If-Match': '"other"', Range: 'bytes=0-1' }), 412],
  ['13.2.1', 'preconditions come before 416', (t) => ({ 'If-None-Match': t.etag, Range: 'bytes=99999999-' }), 304],
];

/** Each with `Range: bytes=0-1`. */
export const IF_RANGE_CASES: readonly Case[] = [
  ['13.1.5', 'the tag', (t) => ({ 'If-Range': t.etag }), 206],
  ['13.1.5', 'another tag', () => ({ 'If-Range': '"other"' }), 200],
  ['13.1.5', 'strong comparison: a weak tag', (t) => ({ 'If-Range': `W/${t.etag}` }), 200],
  ['13.1.5', 'the very date', (t) => ({ 'If-Range': t.lastModified }), 206],
  ['13.1.5', 'exact match: a later date', (t) => ({ 'If-Range': shifted(t, 1) }), 200],
  ['13.1.5', 'an earlier date', (t) => ({ 'If-Range': shifted(t, -1) }), 200],
  ['13.1.5', 'what is neither', () => ({ 'If-Range': 'neither' }), 200],
  ['13.1.5', 'a list, which it cannot be', (t) => ({ 'If-Range': `${t.etag}, "b"` }), 200],
];

export function preconditionConformance(subject: Subject): void {
  describe('conditional requests (RFC 9110 section 13)', () => {
    it.each(PRECONDITION_CASES)('section %s: %s', async (_section, _name, fields, status) => {
      const { track } = subject;
      const answer = await subject.get(track.links.audio ?? '', fields(track));
      expect(answer.status).toBe(status);
      expect(answer.headers.etag).toBe(track.etag);
      if (status === 304) {
        // Section 15.4.5: no body, and of the representation's metadata what guides caches. They renew what they hold by it.
        expect(answer.body).toHaveLength(0);
        expect(answer.headers['cache-control']).toBe('public, no-cache');
        expect(answer.headers).not.toHaveProperty('content-range');
        expect(['audio/wav', undefined]).toContain(answer.headers['content-type']);
      }
      // Section 13.1: a HEAD is decided as the GET is.
      const head = await subject.get(track.links.audio ?? '', fields(track), 'HEAD');
      expect(head.status).toBe(status);
    });

    it.each(IF_RANGE_CASES)('section %s, If-Range: %s', async (_section, _name, fields, status) => {
      const { track } = subject;
      const answer = await subject.get(track.links.audio ?? '', { ...fields(track), Range: 'bytes=0-1' });
      expect([answer.status, answer.body.length]).toEqual([status, status === 206 ? 2 : track.source.length]);
      // Section 15.3.7: what the 200 would have carried, too.
      expect(answer.headers).toMatchObject({ etag: track.etag, 'last-modified': track.lastModified });
    });

    it('section 13.1.5: If-Range makes an unsatisfiable range of another version harmless', async () => {
      const { track } = subject;
      const fields = { 'If-Range': '"other"', Range: 'bytes=99999999-' };
      expect((await subject.get(track.links.audio ?? '', fields)).status).toBe(200);
    });

    it('section 8.8.3: each representation has a tag of its own, and keeps it', async () => {
      const { audio = '' } = subject.track.links;
      const tags = new Set<unknown>();
      for (const query of ['', '?bytes=0-99', '?bytes=0-100', '?start=1&end=2', '?start=1&end=3']) {
        const [first, second] = [await subject.get(audio + query), await subject.get(audio + query, {}, 'HEAD')];
        expect(first.headers.etag).toMatch(/^"[^"]+"$/);
        expect(second.headers.etag).toBe(first.headers.etag);
        tags.add(first.headers.etag);
      }
      expect(tags.size).toBe(5);
    });
  });
}
