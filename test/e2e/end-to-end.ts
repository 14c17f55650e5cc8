/**
 * What a user sees, over HTTP. Written against a target, so that the same suite runs wherever Cuepoint runs.
 */
import { wavFile } from '../support/audio-fixtures.ts';
import { jsonOf } from '../support/http-client.ts';
import { bytesSuite } from './bytes-suite.ts';
import { changeSuite } from './change-suite.ts';
import { plansSuite } from './plans-suite.ts';
import { requestsSuite } from './requests-suite.ts';
import { Session } from './session.ts';
import type { Target, Track } from './target.ts';

const SOURCE = wavFile(35, { seed: 7 });
const KEY = 'lectures/on time.wav';

export function endToEnd(name: string, start: () => Promise<Target>): void {
  describe(`end to end on ${name}`, () => {
    let session: Session;
    let track: Track;

    beforeAll(async () => {
      session = new Session(await start());
      track = await session.upload(KEY, SOURCE);
    }, 60_000);

    afterAll(() => session?.target.close());

    it('describes the track', async () => {
      expect(track).toMatchObject({
        path: KEY,
        status: expect.stringMatching(/^(playable|ready)$/),
        container: 'wav',
        codec: 'pcm_s16le',
        mimeType: 'audio/wav',
        sampleRate: 8000,
        channels: 2,
        totalSamples: 280_000,
        durationSeconds: 35,
        byteLength: SOURCE.length,
        chunkCount: 4,
        bitrate: 256_000,
        chunking: { strategy: 'duration', targetSeconds: 10, location: session.target.location },
        progress: { bytesDone: SOURCE.length, bytesTotal: SOURCE.length, chunksDone: 4 },
        etag: `"${track.revision}"`,
        tags: {},
        warnings: [],
        links: { stream: '/stream/lectures/on%20time.wav' },
      });
      const again = jsonOf(await session.get(`/v1/tracks/${track.id}`));
      expect(again).toMatchObject({ id: track.id, revision: track.revision, links: track.links });
    });

    const given = [() => session, () => track] as const;
    bytesSuite(...given, SOURCE);
    plansSuite(...given, SOURCE);
    requestsSuite(...given, KEY);
    changeSuite(...given, SOURCE);
  });
}
