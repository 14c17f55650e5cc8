import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readTrackBytes } from '../../lambdas/api/track-bytes.ts';
import { partAsked } from '../../lambdas/api/track-part.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { type Command, onlyArgument, playableTrack, text, UsageError, withStores } from './command.ts';

export const get: Command = {
  name: 'get',
  usage: 'TRACK [--start T] [--end T] [--bytes A-B] [--output FILE]',
  summary: 'write a track, or a part of it, to a file or to standard output',
  details: `Bytes are the source's own. A time range is exact for WAV; of other formats it is the chunks around it, and what to
trim from the decoded samples is said on standard error. A file that is there already is replaced when all is written.`,
  options: {
    start: { type: 'string' },
    end: { type: 'string' },
    bytes: { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
  run: (invocation) =>
    withStores(invocation, async (stores) => {
      const { values, terminal } = invocation;
      const output = text(values, 'output');
      if (output === undefined && process.stdout.isTTY)
        throw new UsageError('audio on a terminal helps nobody: name an --output');
      const track = await playableTrack(stores, onlyArgument(invocation, 'track'));
      const query = { start: text(values, 'start'), end: text(values, 'end'), bytes: text(values, 'bytes') };
      const { excerpt } = await partAsked(stores, track, query);

      let byteLength = 0;
      const parts = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
        if (excerpt.prefix.length > 0) yield excerpt.prefix;
        byteLength = excerpt.prefix.length;
        for await (const part of readTrackBytes(stores, track, excerpt)) {
          byteLength += part.length;
          yield part;
        }
      };
      if (output === undefined) await writeToStandardOutput(parts());
      else await writeToFile(output, parts());

      const summary = { track: track.trackId, revision: track.revision.revision, byteLength, trim: excerpt.trim };
      if (output !== undefined) terminal.result(summary, () => `${byteLength} bytes written to ${output}`);
      if (excerpt.trim && excerpt.trim.skipSamples > 0) {
        const { skipSamples, takeSamples } = excerpt.trim;
        terminal.note(`of the decoded samples drop ${skipSamples}, then keep ${takeSamples}`);
      }
      return 0;
    }),
};

/** A reader that has enough (`| head`) ends it, and that is no failure. */
async function writeToStandardOutput(parts: AsyncIterable<Uint8Array>): Promise<void> {
  // Each write reports its own failure below; the event that comes with it must not end the process.
  process.stdout.on('error', () => undefined);
  const sink = new Writable({ write: (part, _encoding, done) => void process.stdout.write(part, done) });
  try {
    await pipeline(Readable.from(parts, { objectMode: false }), sink);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== 'EPIPE')
      throw new CuepointError('unavailable', 'standard output cannot be written', { cause: error });
  }
}

/** What is at `output` stays as it was until all is written. */
async function writeToFile(output: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  // Behind a link, so that the link stays one.
  const target = await realpath(output).catch(() => output);
  const there = await stat(target).catch(() => undefined);
  // A device or a named pipe is written to, never replaced by a file.
  const isReplaced = there === undefined || there.isFile();
  const written = isReplaced ? `${target}.${process.pid}.part` : target;
  try {
    await pipeline(Readable.from(parts, { objectMode: false }), createWriteStream(written));
    if (isReplaced) await rename(written, target);
  } catch (error) {
    if (isReplaced) await rm(written, { force: true }).catch(() => undefined);
    if (!isSystemError(error)) throw error;
    const advice = 'name a file in a folder that is there and may be written to';
    throw new CuepointError('unavailable', `${output} cannot be written; ${advice}`, { cause: error });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
