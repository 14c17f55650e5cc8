import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NewFolders } from '../../../lambdas/adapters/embedded/new-folders.ts';

const DELAY_MS = 10;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A watcher that knows what it is told and records what it is given. */
class RecordingWatcher {
  readonly known: Record<string, string[]> = {};
  readonly added: string[] = [];
  readonly errors: unknown[] = [];

  getWatched() {
    return this.known;
  }

  add(path: string) {
    this.added.push(path);
  }

  emit(_event: 'error', error: unknown) {
    this.errors.push(error);
  }
}

describe('NewFolders', () => {
  let folder: string;
  let watcher: RecordingWatcher;
  let newFolders: NewFolders;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-new-'));
    for (const name of ['known.mp3', 'missed.mp3', '.hidden']) await writeFile(join(folder, name), 'x');
    watcher = new RecordingWatcher();
    watcher.known[folder] = ['known.mp3'];
    newFolders = new NewFolders(watcher, DELAY_MS);
  });
  afterEach(async () => {
    newFolders.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives the watcher what it missed, more than once, and nothing else', async () => {
    newFolders.note(folder);
    await pause(DELAY_MS * 20);
    expect(new Set(watcher.added)).toEqual(new Set([join(folder, 'missed.mp3')]));
    expect(watcher.added.length).toBeGreaterThan(1);
    const given = watcher.added.length;
    await pause(DELAY_MS * 10);
    expect(watcher.added.length).toBe(given);
  });

  it('looks into a folder that comes while it looks into others', async () => {
    newFolders.note(join(folder, 'gone'));
    await pause(DELAY_MS * 2);
    newFolders.note(folder);
    await pause(DELAY_MS * 20);
    expect(watcher.added).toContain(join(folder, 'missed.mp3'));
    expect(watcher.errors).toEqual([]);
  });

  it('gives nothing to a watcher that is closed', async () => {
    newFolders.note(folder);
    newFolders.close();
    newFolders.note(folder);
    await pause(DELAY_MS * 10);
    expect(watcher.added).toEqual([]);
  });

  it('tells the watcher of a folder that cannot be read', async () => {
    newFolders.note(`${folder}\0`);
    await pause(DELAY_MS * 10);
    expect(watcher.errors.length).toBeGreaterThan(0);
  });
});
