/** S3 is restarted while people upload and listen. What S3 has acknowledged is heard afterwards, all of it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Session } from '../e2e/session.ts';
import { isServed } from '../e2e/target.ts';
import { wavFile } from '../support/audio-fixtures.ts';
import { PROJECT_FOLDER } from './cloud-folder.ts';
import { type CloudTarget, startCloudTarget } from './cloud-target.ts';
import { ExpectedSources, NO_LOSSES } from './expected-sources.ts';
import { FaultFigures } from './fault-figures.ts';

const RESTARTS = 2;
const RESTART_TIMEOUT_MS = 90_000;
const PAUSE_MS = 100;

let target: CloudTarget;
beforeAll(async () => {
  target = await startCloudTarget({ location: 'objects' });
});
afterAll(() => target?.close());

async function restart(): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'services', '--', 'restart', 's3'], {
    cwd: PROJECT_FOLDER,
    timeout: RESTART_TIMEOUT_MS,
  });
}

test('S3 is restarted under load', async () => {
  const { cloud } = target;
  const sources = new ExpectedSources(target);
  const session = new Session(target);
  const figures = new FaultFigures();
  const first = wavFile(30, { seed: 500 });
  await sources.put('heard all the time.wav', first);
  await cloud.untilQuiet();
  const heard = await session.trackAt('heard all the time.wav');

  const load = { isOn: true, uploads: 0, refused: 0, answers: 0, failed: 0, wrong: 0 };
  const uploading = (async () => {
    for (let number = 0; load.isOn; number++) {
      await sources.put(`load/${number}.wav`, wavFile(12, { seed: 600 + number })).then(
        () => load.uploads++,
        () => load.refused++,
      );
      await pause();
    }
  })();
  const listening = (async () => {
    for (let startByte = 0; load.isOn; startByte = (startByte + 12_345) % 900_000) {
      const range = { Range: `bytes=${startByte}-${startByte + 9_999}` };
      const { status, body } = await session.get(heard?.links.audio ?? '', range);
      if (status !== 206) load.failed++;
      else if (Buffer.from(body).equals(first.subarray(startByte, startByte + 10_000))) load.answers++;
      else load.wrong++;
      await pause();
    }
  })();
  for (let restarts = 0; restarts < RESTARTS; restarts++) {
    await pause(1500);
    await restart();
  }
  await pause(1500);
  load.isOn = false;
  await Promise.all([uploading, listening]);
  expect(load).toMatchObject({ wrong: 0 });
  expect(load.uploads).toBeGreaterThan(0);
  expect(load.answers).toBeGreaterThan(0);

  // What is in flight comes again; what was not told of is found by the sweep.
  for (let time = 0; time < 3; time++) {
    for (const name of ['CuepointIngest', 'CuepointAnalyse'] as const) cloud.queueOf(name).expireVisibility();
    await cloud.untilQuiet();
    expect((await cloud.invoke('CuepointSweep', { everything: true })).error).toBeUndefined();
    await cloud.untilQuiet();
  }
  const losses = await sources.losses();
  // An upload may have been stored though its answer got lost: a track more than was acknowledged is none too many.
  const ghosts = losses.ghosts.filter((path) => !path.startsWith('load/'));
  figures.add(`S3 restarted under load (${JSON.stringify(load)})`, RESTARTS, { ...losses, ghosts });
  figures.print(sources.chunksChecked);
  expect({ ...losses, ghosts }).toEqual(NO_LOSSES);
  expect((await session.tracks()).every(isServed)).toBe(true);
}, 300_000);

function pause(durationMs = PAUSE_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
