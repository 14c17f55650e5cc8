import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuepoint-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

onLinux('the lock', () => {
  test('lets one work at a time, and is gone when all is done', async () => {
    const file = join(folder, 'deep', 'lock');
    let working = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 5));
      working--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(file, work)));
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
    await Promise.all(Array.from({ length: 4 }, work));
    expect(most).toBe(4);
  });

  test.each([
    ['of a process that is gone', '{"pid":4194305,"startTicks":"1","bootId":"x"}'],
    ['that was cut off', '{"pid":'],
    ['that is empty', ''],
  ])('%s holds nobody', async (_, text) => {
    const file = join(folder, 'lock');
    writeFileSync(file, text);
    await expect(withLock(file, async () => 'done')).resolves.toBe('done');
  });

  test('is given back by work that failed', async () => {
    const file = join(folder, 'lock');
    const failing = withLock(file, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });
});
