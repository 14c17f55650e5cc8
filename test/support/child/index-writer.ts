/**
 * Writes records to the index in a folder and says so on standard output, then waits to be ended.
 * Arguments: folder, then `increment <trackId> <times>` or `fill <trackId> <pages>`.
 */
import { LmdbTrackIndex } from '../../../lambdas/adapters/embedded/lmdb-track-index.ts';
import { trackRecord } from '../track-record.ts';

const [folder = '', action = '', trackId = '', times = '0'] = process.argv.slice(2);
const index = await LmdbTrackIndex.open({ folder });

for (let time = 0; time < Number(times); time++) {
  if (action === 'fill') await index.putPage(trackId, 'r1', time, new Uint8Array(32_768).fill(time % 256));
  for (let done = false; !done; ) {
    const stored = await index.get(trackId);
    const version = (stored?.version ?? 0) + 1;
    done = await index.put(trackRecord({ trackId, path: `${trackId}.mp3`, version }));
  }
}

console.log('written');
process.stdin.resume();
