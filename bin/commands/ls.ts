import { listTracks } from '../../lambdas/api/list-tracks.ts';
import type { TrackView } from '../../lambdas/api/track-view.ts';
import { table } from '../terminal.ts';
import { type Command, withStores } from './command.ts';
import { durationText, formatText } from './track-texts.ts';

export const ls: Command = {
  name: 'ls',
  usage: '[FOLDER]',
  summary: 'list the tracks, or those below a folder',
  details: '',
  options: {},
  run: (invocation) =>
    withStores(invocation, async (stores) => {
      const tracks: TrackView[] = [];
      let cursor: string | undefined;
      do {
        const page = await listTracks(stores, { folder: invocation.positionals[0], cursor, limit: '1000' });
        tracks.push(...page.tracks);
        cursor = page.next;
      } while (cursor !== undefined);
      invocation.terminal.result({ tracks }, () =>
        tracks.length === 0
          ? 'There are no tracks. cuepoint add FILE… adds some; cuepoint serve watches the source folder.'
          : table(
              ['id', 'status', '>duration', 'format', 'path'],
              tracks.map((track) => [
                track.id,
                track.reason ? `${track.status}/${track.reason.code}` : track.status,
                durationText(track),
                formatText(track),
                track.path,
              ]),
            ),
      );
      return 0;
    }),
};
