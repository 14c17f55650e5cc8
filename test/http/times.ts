/** Parts by time: Media Fragments URI 1.0 section 4.2.1 (`t=`), and `start` with `end`. */
import { jsonOf } from '../support/http-client.ts';
import type { Subject } from './target.ts';

const RATE = 8000;
const HEADER_BYTES = 44;
const FRAME_BYTES = 4;

/** Query, and the seconds that it means of a track of 35 s. */
const HONOURED: readonly (readonly [name: string, query: string, startSeconds: number, endSeconds: number])[] = [
  ['both ends', 'start=5&end=15', 5, 15],
  ['both ends, Media Fragments', 't=5,15', 5, 15],
  ['no end', 'start=30', 30, 35],
  ['no end, Media Fragments', 't=30', 30, 35],
  ['no start', 'end=2', 0, 2],
  ['nothing after the comma', 't=30,', 30, 35],
  ['no start, Media Fragments', 't=,2', 0, 2],
  ['npt: in front', 't=npt:5,6', 5, 6],
  ['minutes and hours', 't=0:05,0:00:06.5', 5, 6.5],
  ['an end past the end', 'start=34&end=99', 34, 35],
  ['an end past the end, Media Fragments', 't=34,99', 34, 35],
  ['fractions', 'start=0.5&end=0.75', 0.5, 0.75],
];

const REFUSED: readonly (readonly [name: string, query: string, status: number, code: string])[] = [
  ['a negative start', 'start=-1', 400, 'invalid_parameter'],
  ['a negative time, Media Fragments', 't=-5,2', 400, 'invalid_parameter'],
  ['reversed', 'start=10&end=5', 400, 'invalid_parameter'],
  ['reversed, Media Fragments', 't=10,5', 400, 'invalid_parameter'],
  ['empty', 'start=5&end=5', 400, 'invalid_parameter'],
  ['NaN', 'start=NaN', 400, 'invalid_parameter'],
  ['Infinity', 'start=0&end=Infinity', 400, 'invalid_parameter'],
  ['an exponent', 'start=1e1', 400, 'invalid_parameter'],
  ['nothing between', 't=,', 400, 'invalid_parameter'],
  ['nothing at all', 't=', 400, 'invalid_parameter'],
  ['three times', 't=1,2,3', 400, 'invalid_parameter'],
  ['another clock', 't=smpte:0:00:01:00,0:00:02:00', 400, 'invalid_parameter'],
  ['two ways at once', 't=1,2&start=1', 400, 'invalid_parameter'],
  ['time and bytes at once', 't=1,2&bytes=0-1', 400, 'invalid_parameter'],
  ['a start at the end', 'start=35', 416, 'range_not_satisfiable'],
  ['a start beyond, Media Fragments', 't=36,40', 416, 'range_not_satisfiable'],
  ['a start beyond 2^53 samples', 'start=99999999999999999999', 416, 'range_not_satisfiable'],
];

export function timeConformance(subject: Subject): void {
  describe('parts by time (Media Fragments section 4.2.1)', () => {
    it.each(HONOURED)('%s: ?%s', async (_name, query, startSeconds, endSeconds) => {
      const { source, links } = subject.track;
      const { status, headers, body } = await subject.get(`${links.audio}?${query}`);
      expect(status).toBe(200);
      expect(headers['cuepoint-take-samples']).toBe(String(Math.round((endSeconds - startSeconds) * RATE)));
      const wanted = source.subarray(
        HEADER_BYTES + startSeconds * RATE * FRAME_BYTES,
        HEADER_BYTES + endSeconds * RATE * FRAME_BYTES,
      );
      expect(Buffer.from(body.subarray(HEADER_BYTES)).equals(wanted)).toBe(true);
      const plan = jsonOf(await subject.get(`${links.chunks}?${query}`));
      expect([plan.startSample, plan.endSample]).toEqual([startSeconds * RATE, endSeconds * RATE]);
    });

    it.each(REFUSED)('%s: ?%s', async (_name, query, status, code) => {
      for (const route of [subject.track.links.audio, subject.track.links.chunks]) {
        const answer = await subject.get(`${route}?${query}`);
        expect([answer.status, jsonOf(answer).code]).toEqual([status, code]);
        expect(jsonOf(answer).error).toMatch(/\w+ .*\w/);
      }
    });

    it('one meaning has one tag, however it is written', async () => {
      const tagOf = async (query: string) => (await subject.get(`${subject.track.links.audio}?${query}`)).headers.etag;
      expect(await tagOf('t=5,15')).toBe(await tagOf('start=5&end=0:15'));
      expect(await tagOf('t=5,15')).not.toBe(await tagOf('t=5,16'));
    });
  });
}
