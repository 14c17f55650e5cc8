import { MAX_ATTEMPTS } from '../../../lambdas/core/track/attempts.ts';
import type { TrackRecord } from '../../../lambdas/core/track/record.ts';
import { compareSequencers, sequencerAfter } from '../../../lambdas/core/track/sequencer.ts';
import {
  fail,
  forgetRetired,
  type IngestStart,
  isRevisionInUse,
  noteProgress,
  publish,
  remove,
  startIngest,
} from '../../../lambdas/core/track/transitions.ts';
import { publishedRevision } from '../../support/track-record.ts';

const NOW = 1_800_000_000_000;

function start(sequencer: string, revision: string, change: Partial<IngestStart> = {}): IngestStart {
  return {
    trackId: 't',
    path: 'a.mp3',
    sequencer,
    revision,
    sourceVersion: `v-${revision}`,
    byteLength: 10,
    lastModifiedMs: NOW,
    nowMs: NOW,
    retryFailed: false,
    rebuild: false,
    ...change,
  };
}

/** Runs an ingest from its first event to its publication. */
function published(sequencer: string, revision: string, stored?: TrackRecord): TrackRecord {
  const started = startIngest(stored, start(sequencer, revision));
  if (started.outcome !== 'start') throw new Error(started.outcome);
  const done = publish(started.record, publishedRevision({ revision }), NOW);
  if (done.outcome !== 'publish') throw new Error(done.outcome);
  return done.record;
}

describe('sequencers', () => {
  it.each([
    ['0055AED6DCD90281E5', '0055AED6DCD90281E5', 0],
    ['0055AED6DCD90281E5', '0055AED6DCD90281E6', -1],
    ['0055AED6DC', '0055AED6DCD90281E5', -1],
    ['0055AED6DD', '0055AED6DCD90281E5', 1],
    ['0055AED6DC', '0055AED6DC00', 0],
    ['', '0', 0],
  ])('%s against %s', (a, b, order) => {
    expect(compareSequencers(a, b)).toBe(order);
    expect(compareSequencers(b, a)).toBe(order === 0 ? 0 : -order);
  });

  it('makes one just after another, again and again, and before any real one that comes later', () => {
    const real = '0055AED6DCD90281E5';
    const made = sequencerAfter(sequencerAfter(real));
    expect(compareSequencers(made, sequencerAfter(real))).toBe(1);
    expect(compareSequencers(made, '0055AED6DCD90281E500000001')).toBe(-1);
    expect(compareSequencers(sequencerAfter(''), '0000000000000001')).toBe(-1);
  });
});

describe('startIngest', () => {
  it('begins with version 1 for a new track', () => {
    expect(startIngest(undefined, start('5', 'r1'))).toMatchObject({
      outcome: 'start',
      record: { version: 1, sequencer: '5', ingest: { revision: 'r1', progress: { bytesDone: 0, bytesTotal: 10 } } },
    });
  });

  it.each<[string, TrackRecord | undefined, IngestStart, string]>([
    ['an older event', published('5', 'r1'), start('4', 'r0'), 'stale'],
    ['the same event once more', published('5', 'r1'), start('5', 'r1'), 'current'],
    ['a newer event about the same bytes', published('5', 'r1'), start('6', 'r1'), 'current'],
    ['a newer edition', published('5', 'r1'), start('6', 'r2'), 'start'],
    ['an event that is older than a removal', remove(published('5', 'r1'), '7', NOW), start('6', 'r2'), 'stale'],
    ['an upload after a removal', remove(published('5', 'r1'), '7', NOW), start('8', 'r1'), 'start'],
  ])('%s', (_, stored, event, outcome) => {
    expect(startIngest(stored, event).outcome).toBe(outcome);
  });

  it('does not try a failed revision again, unless told to', () => {
    const started = startIngest(undefined, start('5', 'r1'));
    const failed =
      started.outcome === 'start' ? fail(started.record, 'r1', { code: 'no_audio', message: 'm' }) : undefined;
    expect(startIngest(failed, start('6', 'r1'))).toMatchObject({
      outcome: 'known_failure',
      failure: { code: 'no_audio' },
      record: { sequencer: '6' },
    });
    expect(startIngest(failed, start('6', 'r1', { retryFailed: true })).outcome).toBe('start');
    expect(startIngest(failed, start('6', 'r2')).outcome).toBe('start');
  });

  it('tries again what was given up for now', () => {
    const started = startIngest(undefined, start('5', 'r1'));
    const gaveUp =
      started.outcome === 'start' ? fail(started.record, 'r1', { code: 'unavailable', message: 'm' }) : undefined;
    expect(startIngest(gaveUp, start('6', 'r1')).outcome).toBe('start');
  });

  /** Begun so often, and interrupted each time without a word. */
  function interrupted(times: number, change: Partial<IngestStart> = {}): TrackRecord | undefined {
    let stored: TrackRecord | undefined;
    for (let i = 0; i < times; i++) {
      const begun = startIngest(stored, start(String(10 + i), 'r1', change));
      if (begun.outcome !== 'start') throw new Error(`${begun.outcome} at ${i}`);
      stored = begun.record;
    }
    return stored;
  }

  it('counts how often one revision is begun', () => {
    expect(interrupted(1)?.ingest?.attempts).toBe(1);
    expect(interrupted(3)?.ingest?.attempts).toBe(3);
    expect(startIngest(interrupted(3), start('99', 'r2'))).toMatchObject({ record: { ingest: { attempts: 1 } } });
    // Of an older release, which did not count.
    const { attempts: _, ...ingest } = interrupted(3)?.ingest ?? { attempts: 0 };
    const old = { ...interrupted(3), ingest } as TrackRecord;
    expect(startIngest(old, start('99', 'r1'))).toMatchObject({ record: { ingest: { attempts: 2 } } });
  });

  it('does not begin once more what was begun so often, and says so', () => {
    const exhausted = interrupted(MAX_ATTEMPTS);
    const decision = startIngest(exhausted, start('99', 'r1'));
    expect(decision).toMatchObject({
      outcome: 'known_failure',
      failure: { code: 'given_up', message: expect.stringMatching(/20 times.*memory.*--retry-failed/) },
      record: { ingest: { failure: { code: 'given_up' } } },
    });
    // The same event again has nothing to write.
    const stored = decision.outcome === 'known_failure' ? decision.record : undefined;
    expect(startIngest(stored, start('99', 'r1'))).toMatchObject({ outcome: 'known_failure' });
    expect(startIngest(stored, start('99', 'r1'))).not.toHaveProperty('record');
    // What it failed with the last time is said.
    const known = exhausted && fail(exhausted, 'r1', { code: 'unavailable', message: 'the disk is full' });
    expect(startIngest(known, start('99', 'r1'))).toMatchObject({
      failure: { code: 'given_up', message: expect.stringContaining('the disk is full') },
    });
  });

  it.each([
    ['when somebody asks', { retryFailed: true }],
    ['when the same bytes are uploaded once more', { lastModifiedMs: NOW + 1000 }],
    ['when other bytes are', { revision: 'r2' }],
  ])('begins anew %s', (_, change) => {
    const stored = interrupted(MAX_ATTEMPTS);
    expect(startIngest(stored, { ...start('99', 'r1'), ...change })).toMatchObject({
      outcome: 'start',
      record: { ingest: { attempts: 1 } },
    });
    const unreadable = stored && fail(stored, 'r1', { code: 'source_unreadable', message: 'archived' });
    expect(startIngest(unreadable, start('99', 'r1')).outcome).toBe('known_failure');
    expect(startIngest(unreadable, { ...start('99', 'r1'), ...change }).outcome).toBe('start');
  });

  it('does not try again a faulty file that is uploaded once more as it was', () => {
    const faulty = fail(interrupted(1), 'r1', { code: 'no_audio', message: 'm' });
    expect(startIngest(faulty, start('99', 'r1', { lastModifiedMs: NOW + 1000 })).outcome).toBe('known_failure');
  });

  it('makes the published revision again when told that part of it is missing', () => {
    const again = startIngest(published('5', 'r1'), start('6', 'r1', { rebuild: true }));
    if (again.outcome !== 'start') throw new Error(again.outcome);
    expect(again.record.published?.revision).toBe('r1');
    const done = publish(again.record, publishedRevision({ revision: 'r1' }), NOW);
    expect(done).toMatchObject({ outcome: 'publish', record: { published: { revision: 'r1' }, retired: [] } });
    expect(done.outcome === 'publish' && done.record.ingest).toBeUndefined();
  });

  it('keeps serving the published revision while the next is made', () => {
    const next = startIngest(published('5', 'r1'), start('6', 'r2'));
    expect(next).toMatchObject({ record: { published: { revision: 'r1' }, ingest: { revision: 'r2' } } });
  });

  it('forgets a broken newer ingest when the bytes are the published ones again', () => {
    const broken = startIngest(published('5', 'r1'), start('6', 'r2'));
    const back = startIngest(broken.outcome === 'start' ? broken.record : undefined, start('7', 'r1'));
    expect(back).toMatchObject({ outcome: 'current', record: { sequencer: '7', published: { revision: 'r1' } } });
    expect(back.outcome === 'current' && back.record?.ingest).toBeUndefined();
  });
});

describe('publish', () => {
  it('lets the newer of two racing editions win, whichever ends last', () => {
    const first = startIngest(undefined, start('5', 'r1'));
    if (first.outcome !== 'start') throw new Error(first.outcome);
    const second = startIngest(first.record, start('6', 'r2'));
    if (second.outcome !== 'start') throw new Error(second.outcome);

    expect(publish(second.record, publishedRevision({ revision: 'r1' }), NOW).outcome).toBe('superseded');
    const done = publish(second.record, publishedRevision({ revision: 'r2' }), NOW);
    if (done.outcome !== 'publish') throw new Error(done.outcome);
    expect(done.record.published?.revision).toBe('r2');
    expect(publish(done.record, publishedRevision({ revision: 'r1' }), NOW).outcome).toBe('superseded');
    expect(publish(done.record, publishedRevision({ revision: 'r2' }), NOW).outcome).toBe('already');
  });

  it('retires the revision it replaces, and lets go of it later', () => {
    const record = published('6', 'r2', published('5', 'r1'));
    expect(record.retired).toEqual([{ revision: 'r1', retiredAtMs: NOW }]);
    expect(isRevisionInUse(record, 'r1')).toBe(true);
    expect(forgetRetired(record, NOW - 1)).toBeUndefined();
    const released = forgetRetired(record, NOW);
    expect(released?.retired).toEqual([]);
    expect(isRevisionInUse(released, 'r1')).toBe(false);
    expect(isRevisionInUse(released, 'r2')).toBe(true);
  });

  it('does not bring a removed track back', () => {
    const started = startIngest(undefined, start('5', 'r1'));
    if (started.outcome !== 'start') throw new Error(started.outcome);
    const gone = remove(started.record, '6', NOW);
    expect(publish(gone, publishedRevision({ revision: 'r1' }), NOW).outcome).toBe('superseded');
    expect(noteProgress(gone, 'r1', { bytesDone: 1, bytesTotal: 2, chunksDone: 0 })).toBeUndefined();
    expect(isRevisionInUse(gone, 'r1')).toBe(false);
  });
});

describe('remove', () => {
  it('keeps id, path and sequencer, and nothing else', () => {
    expect(remove(published('5', 'r1'), '7', NOW)).toEqual({
      trackId: 't',
      path: 'a.mp3',
      version: 3,
      sequencer: '7',
      deletedAtMs: NOW,
      retired: [],
    });
  });

  it('is refused when a newer event was taken in', () => {
    expect(remove(published('5', 'r1'), '4', NOW)).toBeUndefined();
    expect(remove(undefined, '4', NOW)).toBeUndefined();
  });
});

describe('fail', () => {
  it('leaves an older published revision in place', () => {
    const next = startIngest(published('5', 'r1'), start('6', 'r2'));
    if (next.outcome !== 'start') throw new Error(next.outcome);
    const failed = fail(next.record, 'r2', { code: 'unsupported_format', message: 'm' });
    expect(failed).toMatchObject({
      published: { revision: 'r1' },
      ingest: { failure: { code: 'unsupported_format' } },
    });
    expect(isRevisionInUse(failed, 'r2')).toBe(false);
    expect(fail(failed, 'r2', { code: 'no_audio', message: 'again' })).toBeUndefined();
  });
});
