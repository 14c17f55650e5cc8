import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from '../support/fuzz-check.ts';
import { openAny } from '../support/fuzz-scanners.ts';

const DIRECTORY = join(__dirname, 'violations');

/** Each brought about, once, what no input may; the name says what. */
describe('inputs of past violations', () => {
  it.each(readdirSync(DIRECTORY).sort())('%s', async (name) => {
    const bytes = new Uint8Array(Buffer.from(readFileSync(join(DIRECTORY, name), 'latin1'), 'base64'));
    for (const blockBytes of [1, 7, 99, 500]) {
      expect((await examine(bytes, openAny, { blockBytes })).violations).toEqual([]);
    }
  });
});
