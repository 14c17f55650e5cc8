/** The short form of `npm run load`: what holds for seconds here is held for a minute there. */
import { wavFile } from '../support/audio-fixtures.ts';
import { type TemporaryFolders, temporaryFolders } from '../support/embedded-fixture.ts';
import { startHostProcess } from '../support/host-process.ts';
import {
  abortedDownloads,
  type LoadTarget,
  openDescriptors,
  randomRanges,
  settledDescriptors,
} from '../support/load.ts';

const CLIENTS = 64;
const SECONDS = 6;
const ABORTED = 200;

/** Files that were read stay open for ten seconds, and are looked at every ten. */
const IDLE_FILES_MS = 30_000;

let folders: TemporaryFolders;
let target: LoadTarget & { stop(): Promise<void> };

beforeAll(async () => {
  folders = await temporaryFolders();
  const source = wavFile(120, { seed: 3, sampleRate: 44_100 });
  await folders.writeSource('long.wav', source);
  const host = await startHostProcess(folders, 1);
  target = { url: `${host.url}/stream/long.wav`, pid: host.pid, source, stop: host.stop };
});

afterAll(async () => {
  await target.stop();
  await folders.remove();
});

it(`serves ${CLIENTS} clients without an error or a wrong byte`, async () => {
  const { requests, failures } = await randomRanges(target, CLIENTS, SECONDS);
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(CLIENTS);
});

it('holds nothing for clients that have left', async () => {
  await abortedDownloads(target, 1);
  const before = await settledDescriptors(target.pid, await openDescriptors(target.pid), IDLE_FILES_MS);
  await abortedDownloads(target, ABORTED);
  // Fewer when files that were idle before have been closed meanwhile.
  expect(await settledDescriptors(target.pid, before, IDLE_FILES_MS)).toBeLessThanOrEqual(before);
});
