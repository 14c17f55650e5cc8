import { observe } from '../../lambdas/adapters/lambda/observation.ts';
import { CuepointError } from '../../lambdas/core/errors.ts';
import { invocation } from '../support/recorded-observation.ts';

const VARIABLES = {
  POWERTOOLS_SERVICE_NAME: 'ingest',
  POWERTOOLS_METRICS_NAMESPACE: 'Cuepoint',
  POWERTOOLS_DEV: 'false',
};

let before: NodeJS.ProcessEnv;
let lines: Record<string, unknown>[];
let written: jest.SpyInstance;

beforeEach(() => {
  before = { ...process.env };
  Object.assign(process.env, VARIABLES);
  lines = [];
  const keep = (text: string | Uint8Array): boolean => {
    for (const line of String(text).split('\n')) if (line !== '') lines.push(JSON.parse(line));
    return true;
  };
  const streams = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(keep),
  );
  written = streams[0] as jest.SpyInstance;
});

afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

describe('what operators see of a function', () => {
  it('is one object a line, with the event, its fields and the request', async () => {
    const { log, during } = observe();
    await during(invocation(), async () => {
      log.info('track_published', { trackId: 't', byteLength: 5 });
      log.warn('track_failed', { code: 'no_audio', message: 'the file holds no audio', level: 'loud' });
      log.error('message_failed', {
        error: new CuepointError('unavailable', 'later', { cause: new Error('SlowDown') }),
      });
    });
    expect(written).toHaveBeenCalled();
    const request = { function_request_id: invocation().awsRequestId, service: 'ingest' };
    expect(lines).toMatchObject([
      { ...request, level: 'INFO', message: 'track_published', trackId: 't', byteLength: 5 },
      {
        ...request,
        level: 'WARN',
        message: 'track_failed',
        code: 'no_audio',
        event_message: 'the file holds no audio',
        event_level: 'loud',
      },
      {
        level: 'ERROR',
        message: 'message_failed',
        error: { name: 'CuepointError', message: 'later', cause: { message: 'SlowDown' } },
      },
    ]);
    // Nothing is said about fields that were renamed.
    expect(lines).toHaveLength(3);
  });

  it('are metrics in the embedded format, sent once an invocation, also of one that fails', async () => {
    const { measure, during } = observe();
    await during(invocation(), async () => {
      measure({ count: { EventsPublished: 1 }, bytes: { IngestedBytes: 44 }, ms: { EventDuration: 7 } });
      measure({ count: { EventsPublished: 1 } });
    });
    const failing = during(invocation(), async () => {
      measure({ count: { EventsInterrupted: 1 } });
      throw new Error('interrupted');
    });
    await expect(failing).rejects.toThrow('interrupted');
    await during(invocation(), async () => undefined);
    const units = [
      { Name: 'EventsPublished', Unit: 'Count' },
      { Name: 'IngestedBytes', Unit: 'Bytes' },
      { Name: 'EventDuration', Unit: 'Milliseconds' },
    ];
    expect(lines).toMatchObject([
      {
        service: 'ingest',
        EventsPublished: [1, 1],
        IngestedBytes: 44,
        EventDuration: 7,
        _aws: { CloudWatchMetrics: [{ Namespace: 'Cuepoint', Metrics: units }] },
      },
      { EventsInterrupted: 1 },
    ]);
    expect(lines).toHaveLength(2);
  });
});
