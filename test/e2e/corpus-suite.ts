/**
 * Files as people have them (CUEPOINT_CORPUS, else a few that are made here): how each ends, and ranges of them all.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedTracks } from '../clients/expected-tracks.ts';
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { jsonOf, rawRequest } from '../support/http-client.ts';
import { matroskaFile, opusClusters } from '../support/matroska-file.ts';
import { Session } from './session.ts';
import { isServed, type Target, type Track } from './target.ts';

const RANGES = 500;
/** Ranges of one kind: a probe, a player's read, a large part. */
const RANGE_BYTES = [2, 20_000, 300_000];
const FOLDER = 'corpus';

export function corpusSuite(name: string, start: () => Promise<Target>): void {
  describe(`files on ${name}`, () => {
    let session: Session;
    let sources: ReadonlyMap<string, Uint8Array>;
    const tracks = new Map<string, Track>();

    const served = (): [Track, Uint8Array][] =>
      [...tracks].flatMap(([file, track]) => {
        const source = sources.get(file);
        return source !== undefined && isServed(track) ? [[track, source]] : [];
      });

    beforeAll(async () => {
      session = new Session(await start());
      sources = await corpus();
      for (const [file, bytes] of sources) await session.target.putSource(`${FOLDER}/${file}`, bytes);
      for (const file of sources.keys()) {
        const path = `${FOLDER}/${file}`;
        const track = await session.settled(path, (found) => found !== undefined && found.status !== 'ingesting');
        if (track !== undefined) tracks.set(file, track);
      }
    }, 180_000);

    afterAll(() => session?.target.close());

    it('ends each as documented', () => {
      const ends = Object.fromEntries([...tracks].map(([file, track]) => [file, endOf(track)]));
      const documented: Readonly<Record<string, string>> = { ...expectedTracks, ...MADE_ENDS };
      const expected = [...sources.keys()].map((file) => [file, documented[file] ?? 'not in the table']);
      expect(ends).toEqual(Object.fromEntries(expected));
      expect(served().length).toBeGreaterThan(0);
    });

    it('has chunks that are the file, and tile its time', async () => {
      for (const [track, source] of served()) {
        const plan = jsonOf(await session.get(track.links.chunks ?? ''));
        const parts: Uint8Array[] = [];
        let sample = 0;
        for (const chunk of plan.chunks) {
          parts.push((await rawRequest(chunk.url, { headers: chunk.headers ?? {} })).body);
          expect([track.path, chunk.startSample]).toEqual([track.path, sample]);
          sample = chunk.endSample;
        }
        expect([track.path, sample]).toEqual([track.path, track.totalSamples]);
        expect([track.path, Buffer.concat(parts).equals(source)]).toEqual([track.path, true]);
      }
    }, 120_000);

    it(`gives ${RANGES} ranges at random, to the byte`, async () => {
      const random = randomNumbers(42);
      const all = served();
      for (let i = 0; i < RANGES; i++) {
        const [track, source] = all[Math.floor(random() * all.length)] ?? [];
        if (track === undefined || source === undefined) throw new Error('nothing is served');
        const startByte = Math.floor(random() * source.length);
        const atMost = RANGE_BYTES[Math.floor(random() * RANGE_BYTES.length)] ?? 1;
        const endByte = Math.min(source.length, startByte + 1 + Math.floor(random() * atMost));
        const route = track.links[random() < 0.5 ? 'audio' : 'stream'] ?? '';
        // A cache may ask for the whole of what a viewer asks a part of, and gets sent to where that lies if it is long.
        const { status, headers, body } = await session.follow(route, { Range: `bytes=${startByte}-${endByte - 1}` });
        const what = `${track.path} bytes=${startByte}-${endByte - 1}`;
        expect([what, status]).toEqual([what, 206]);
        expect([what, headers['content-range']]).toEqual([what, `bytes ${startByte}-${endByte - 1}/${source.length}`]);
        expect([what, Buffer.from(body).equals(source.subarray(startByte, endByte))]).toEqual([what, true]);
      }
    }, 180_000);

    it('told caches nothing that HTTP does not allow', () => {
      expect(session.target.originFaults()).toEqual([]);
    });
  });
}

/** Status, then the code of the reason or of each warning. A track that was analysed was playable before. */
function endOf({ status, reason, warnings = [] }: Track): string {
  const codes = reason ? [reason.code] : warnings.map(({ code }) => code);
  return [status === 'ready' ? 'playable' : status, ...codes].join(' ');
}

async function corpus(): Promise<Map<string, Uint8Array>> {
  const folder = process.env.CUEPOINT_CORPUS;
  if (!folder) return new Map(Object.entries(MADE_FILES).map(([name, make]) => [name, make()]));
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.md')).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
}

const MADE_FILES: Readonly<Record<string, () => Uint8Array>> = {
  'made.wav': () => wavFile(45, { seed: 11, sampleRate: 16_000 }),
  'made.short.wav': () => wavFile(1, { seed: 12 }),
  'made.webm': () => matroskaFile({ clusters: opusClusters(900, 1) }).bytes,
  'made.noise.mp3': () => noise(100_000, 13),
};

const MADE_ENDS: Readonly<Record<string, string>> = {
  'made.wav': 'playable',
  'made.short.wav': 'playable',
  'made.webm': 'playable',
  'made.noise.mp3': 'failed unsupported_format',
};

/** In [0, 1), the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
