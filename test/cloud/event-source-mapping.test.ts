import { failedMessages, mappingOptions } from './event-source-mapping.ts';
import { Faults } from './faults.ts';
import { Properties } from './plain-values.ts';
import type { ServiceCall } from './service-call.ts';

const BATCH = [{ id: 'a' }, { id: 'b' }];

describe('what of a batch is not done', () => {
  const report = (value: unknown) => ({ payload: JSON.stringify(value) });
  const cases: [name: string, result: { payload?: string }, reports: boolean, failed: string[]][] = [
    ['nothing, when the function ended well', report(null), true, []],
    ['nothing, when no failures are reported', report({ batchItemFailures: [] }), true, []],
    ['nothing, when the report is empty', report({}), true, []],
    ['what is reported', report({ batchItemFailures: [{ itemIdentifier: 'b' }] }), true, ['b']],
    ['all, when the function failed', {}, true, ['a', 'b']],
    ['all, when an id is not known', report({ batchItemFailures: [{ itemIdentifier: 'c' }] }), true, ['a', 'b']],
    ['all, when an id is missing', report({ batchItemFailures: [{ itemIdentifier: '' }] }), true, ['a', 'b']],
    ['all, when the report is none', report({ batchItemFailures: 'a' }), true, ['a', 'b']],
    ['nothing, when the mapping takes no reports', report({ batchItemFailures: [{ itemIdentifier: 'b' }] }), false, []],
    ['all, when the function failed and the mapping takes no reports', {}, false, ['a', 'b']],
  ];
  test.each(cases)('%s', (_name, result, reports, failed) => {
    expect([...failedMessages(result, BATCH, reports)]).toEqual(failed);
  });
});

describe('a mapping', () => {
  const read = (values: Properties['values']) => mappingOptions(new Properties(values, 'mapping'));

  test('has the options of the template, and Lambda’s where it is silent', () => {
    expect(read({})).toEqual({ batchSize: 10, batchWindowMs: 0, reportsFailures: false, maxConcurrency: 5 });
    expect(
      read({
        BatchSize: 1,
        MaximumBatchingWindowInSeconds: 2,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 3 },
      }),
    ).toEqual({ batchSize: 1, batchWindowMs: 2000, reportsFailures: true, maxConcurrency: 3 });
  });

  test('with a response type that is not known stops the cloud', () => {
    expect(() => read({ FunctionResponseTypes: ['Other'] })).toThrow(/response type Other/);
  });
});

describe('faults', () => {
  const call = (writes: boolean): ServiceCall => ({ service: 's3', operation: 'X', needed: [], writes });

  test('come to calls that fit, after those to be let pass, so often and no more', () => {
    const faults = new Faults();
    const fault = faults.add({
      kind: 'refuse',
      functionId: 'Ingest',
      matches: ({ writes }) => writes,
      skip: 1,
      times: 2,
    });
    const happened = [true, false, true, true, true].map((writes) => faults.next('IngestFunction', call(writes))?.kind);
    expect(happened).toEqual([undefined, undefined, 'refuse', 'refuse', undefined]);
    expect(faults.next('ApiFunction', call(true))).toBeUndefined();
    expect(fault).toMatchObject({ hits: 2, seen: 4 });
    expect(faults.injected).toBe(2);
  });

  test('come one at a time, in the order in which they were added', () => {
    const faults = new Faults();
    faults.add({ kind: 'refuse', times: 1 });
    faults.add({ kind: 'delay', times: 1 });
    expect([1, 2, 3].map(() => faults.next('F', call(true))?.kind)).toEqual(['refuse', 'delay', undefined]);
  });

  test('that are removed come no more', () => {
    const faults = new Faults();
    faults.add({ kind: 'refuse', times: 5 }).remove();
    expect(faults.next('F', call(true))).toBeUndefined();
  });
});
