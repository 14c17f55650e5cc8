import { rangesAsked } from '../../lambdas/api/range-queries.ts';
import { makePlan } from '../../lambdas/core/plan/plan.ts';
import { formatTime } from '../../lambdas/core/time.ts';
import { chunkKey, sourceCopyKey } from '../../lambdas/core/track/object-keys.ts';
import { table } from '../terminal.ts';
import { type Command, onlyArgument, playableTrack, text, withStores } from './command.ts';

export const chunks: Command = {
  name: 'chunks',
  usage: 'TRACK [--start T] [--end T] [--bytes A-B]',
  summary: 'show the chunk table of a track, or of a part of it',
  details: 'Times are seconds or h:mm:ss.sss; byte ranges have inclusive ends, as in HTTP.',
  options: { start: { type: 'string' }, end: { type: 'string' }, bytes: { type: 'string' } },
  run: (invocation) =>
    withStores(invocation, async (stores) => {
      const { values, terminal } = invocation;
      const track = await playableTrack(stores, onlyArgument(invocation, 'track'));
      const { revision, trackId } = track;
      const query = { start: text(values, 'start'), end: text(values, 'end'), bytes: text(values, 'bytes') };
      const asked = rangesAsked(revision, query, undefined);
      if (!('one' in asked)) return 1;
      const plan = await makePlan(revision, track.index, asked.one, { limit: revision.chunkCount });
      const rows = plan.chunks.map(({ chunk, timeline, preroll, slice, trim }) => ({
        number: chunk.number,
        startByte: chunk.startByte,
        endByte: chunk.endByte,
        ...timeline,
        preroll,
        slice,
        trim,
        location:
          revision.location === 'objects'
            ? { key: chunkKey(trackId, revision.revision, chunk, revision.format.extension), offset: 0 }
            : { key: sourceCopyKey(trackId, revision.revision), offset: chunk.startByte },
        byteLength: chunk.endByte - chunk.startByte,
      }));
      const { sampleRate } = revision.format;
      const { chunking } = revision;
      terminal.result({ track: trackId, revision: revision.revision, sampleRate, chunking, chunks: rows }, () =>
        table(
          ['>#', '>start', '>end', '>bytes from', '>to', '>preroll', 'location'],
          rows.map((row) => [
            String(row.number),
            formatTime(row.startSample, sampleRate),
            formatTime(row.endSample, sampleRate),
            String(row.startByte),
            String(row.endByte),
            row.preroll.packets === 0 ? '-' : `${row.preroll.packets} packets`,
            row.location.offset === 0 ? row.location.key : `${row.location.key} at ${row.location.offset}`,
          ]),
        ),
      );
      return 0;
    }),
};
