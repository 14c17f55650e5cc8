import { JsonLog } from '../../../lambdas/adapters/embedded/json-log.ts';
import { CuepointError } from '../../../lambdas/core/errors.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function logged(act: (log: JsonLog) => void): unknown[] {
  const lines: string[] = [];
  act(new JsonLog({ write: (line) => lines.push(line), clock: new ManualClock(Date.UTC(2026, 1, 3)) }));
  for (const line of lines) expect(line).not.toContain('\n');
  return lines.map((line) => JSON.parse(line));
}

describe('JsonLog', () => {
  const time = '2026-02-03T00:00:00.000Z';

  it.each(['info', 'warn', 'error'] as const)('writes one line for %s', (level) => {
    const fields = { trackId: 't', bytes: 5, text: 'two\nlines' };
    expect(logged((log) => log[level]('track_published', fields))).toEqual([
      { time, level, event: 'track_published', ...fields },
    ]);
    expect(logged((log) => log[level]('started'))).toEqual([{ time, level, event: 'started' }]);
  });

  it('prints errors with their name, message, code and cause', () => {
    const error = new CuepointError('no_audio', 'no frame was found', { cause: new TypeError('inner') });
    expect(logged((log) => log.error('ingest_failed', { error }))).toEqual([
      {
        time,
        level: 'error',
        event: 'ingest_failed',
        error: {
          name: 'CuepointError',
          message: 'no frame was found',
          code: 'no_audio',
          cause: { name: 'TypeError', message: 'inner' },
        },
      },
    ]);
  });

  it('lets no field pass itself off as time, level or event', () => {
    expect(logged((log) => log.info('real', { time: 'x', level: 'error', event: 'fake' }))).toEqual([
      { time, level: 'info', event: 'real' },
    ]);
  });

  it('keeps the event when its fields cannot be printed', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const [line] = logged((log) => log.warn('odd', { circle }));
    expect(line).toMatchObject({ time, level: 'warn', event: 'odd', unprintable: expect.any(String) });
    expect(logged((log) => log.info('big', { count: 2n ** 60n }))).toMatchObject([{ count: '1152921504606846976' }]);
  });
});
