/**
 * What HTTP asks of a server of ranges, each expectation named by the section that has it. Written against a target, so
 * that the same suite runs on the embedded host and on the cloud.
 */
import { wavFile } from '../support/audio-fixtures.ts';
import { fieldConformance } from './fields.ts';
import { messageConformance } from './messages.ts';
import { methodConformance } from './methods.ts';
import { preconditionConformance } from './preconditions.ts';
import { rangeConformance } from './ranges.ts';
import { storedConformance } from './stored.ts';
import { type Chunks, type HttpTarget, type ServedTrack, type Subject, subjectOf } from './target.ts';
import { timeConformance } from './times.ts';

const START_MS = 120_000;

export function httpConformance(name: string, chunks: Chunks, makeTarget: () => Promise<HttpTarget>): void {
  describe(`HTTP on ${name}, chunks as ${chunks}`, () => {
    let subject: Subject | undefined;
    let track: ServedTrack | undefined;

    const ready = <Value>(value: Value | undefined): Value => {
      if (value === undefined) throw new Error('the target has not started');
      return value;
    };
    // Sections are declared before the target runs: they look through to it when their tests do.
    const late: Subject = {
      get target() {
        return ready(subject).target;
      },
      get track() {
        return ready(track);
      },
      get: (...request) => ready(subject).get(...request),
      upload: (...source) => ready(subject).upload(...source),
      untilStatus: (...awaited) => ready(subject).untilStatus(...awaited),
    };

    beforeAll(async () => {
      const target = await makeTarget();
      subject = subjectOf(target, () => ready(track));
      track = await subject.upload('conformance/four chunks.wav', wavFile(35, { seed: 11 }));
    }, START_MS);

    afterAll(async () => {
      await subject?.target.close();
    });

    rangeConformance(late);
    preconditionConformance(late);
    fieldConformance(late);
    storedConformance(late, chunks);
    methodConformance(late);
    timeConformance(late);
    messageConformance(late);
  });
}
