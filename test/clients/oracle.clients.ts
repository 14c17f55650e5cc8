/**
 * Every chunk of every format, decoded with nothing but its init, its preroll and itself, against a decode of the whole
 * file: of what real encoders make, and of the files of CUEPOINT_CORPUS where it is set.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSourceFailure } from '../../lambdas/core/errors.ts';
import { consultOracle, differenceOf, type OracleResult } from '../support/oracle.ts';
import { decodeFile } from '../support/oracle-decode.ts';
import {
  JOINED_FIXTURES,
  ORACLE_FIXTURES,
  OracleFiles,
  type OracleFixture,
  toleranceOf,
} from '../support/oracle-fixtures.ts';

let folder: string;
let files: OracleFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-oracle-files-'));
  files = new OracleFiles(folder);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const fixtureOf = (name: string): OracleFixture => ORACLE_FIXTURES[name] ?? { command: [] };

/** What must hold of every decode, whatever was decoded. */
function expectExact({ ours, whole, shortChunks, scan }: OracleResult, tolerance: number): void {
  const { missingSamples, greatest, firstSample } = differenceOf(ours, whole);
  expect({ missingSamples, shortChunks }).toEqual({ missingSamples: 0, shortChunks: [] });
  expect(ours.data.length).toBe(scan.summary.totalSamples * whole.channels);
  // The place first, so that a failure names it.
  if (tolerance === 0) expect(firstSample).toBeUndefined();
  expect(greatest).toBeLessThanOrEqual(tolerance);
}

describe('what encoders make', () => {
  it.each(Object.keys(ORACLE_FIXTURES))('every chunk of %s decodes alone as in the whole', async (name) => {
    const fixture = fixtureOf(name);
    const file = await files.path(name);
    const result = await consultOracle(file);
    expect(result.chunks.length).toBeGreaterThan(2);
    expectExact(result, fixture.tolerance ?? 0);
    if (fixture.notGapless !== undefined) return;
    const played = differenceOf(result.ours, decodeFile(file, { gapless: true }));
    expect(played.missingSamples).toBe(0);
    expect(played.greatest).toBeLessThanOrEqual(fixture.tolerance ?? 0);
  });

  const needing = Object.keys(ORACLE_FIXTURES).filter((name) => fixtureOf(name).needsPreroll);

  it.each(needing)('and without preroll %s does not', async (name) => {
    const result = await consultOracle(await files.path(name), { withPreroll: false });
    const tolerance = fixtureOf(name).tolerance ?? 0;
    expect(differenceOf(result.ours, result.whole).greatest).toBeGreaterThan(0.1 + tolerance);
  });
});

describe('files one behind the other', () => {
  it.each(Object.keys(JOINED_FIXTURES))('every chunk of %s decodes alone as in the whole', async (name) => {
    const result = await consultOracle(await files.path(name));
    // Both parts, and not only the first.
    expect(result.ours.data.length / result.ours.channels / result.ours.sampleRate).toBeGreaterThan(25);
    expectExact(result, 0);
  });
});

const corpus = process.env.CUEPOINT_CORPUS;

/** FFmpeg cannot open it, so there is nothing to compare with. */
const BEYOND_FFMPEG = ['flac-no-streaminfo.flac'];

(corpus ? describe : describe.skip)('the files of CUEPOINT_CORPUS', () => {
  const names = corpus
    ? readdirSync(corpus).filter((name) => !name.endsWith('.md') && !BEYOND_FFMPEG.includes(name))
    : ['none'];

  it.each(names)('every chunk of %s decodes alone as in the whole', async (name) => {
    const result = await consultOracle(join(corpus ?? '', name)).catch((error: unknown) => {
      // What cannot be served has no chunks; that it says so in words is tested elsewhere.
      if (isSourceFailure(error)) return undefined;
      throw error;
    });
    if (result !== undefined) expectExact(result, toleranceOf(result.scan.format.codec));
  });
});
