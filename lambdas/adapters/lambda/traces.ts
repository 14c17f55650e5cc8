import { Tracer } from '@aws-lambda-powertools/tracer';

export type Traces = {
  /** `client`, each of whose calls is then a part of the trace. */
  captured<Client>(client: Client): Client;
  /** Runs a step, which is then a part of the trace by that name. */
  step<Result>(
    name: string,
    annotations: Readonly<Record<string, string>>,
    run: () => Promise<Result>,
  ): Promise<Result>;
};

/**
 * X-Ray by powertools' Tracer, for functions whose bundle may hold it (125 kB). Only what is captured shows: the requests of
 * one ingest to S3 are thousands, and a trace takes 64 kB.
 */
export function traces(): Traces {
  const tracer = new Tracer({ captureHTTPsRequests: false });
  return {
    captured: (client) => tracer.captureAWSv3Client(client),
    async step(name, annotations, run) {
      const parent = tracer.getSegment();
      const step = parent?.addNewSubsegment(name);
      if (parent === undefined || step === undefined) return run();
      tracer.setSegment(step);
      try {
        tracer.annotateColdStart();
        tracer.addServiceNameAnnotation();
        for (const [key, value] of Object.entries(annotations)) tracer.putAnnotation(key, value);
        return await run();
      } catch (error) {
        if (error instanceof Error) tracer.addErrorAsMetadata(error);
        throw error;
      } finally {
        step.close();
        tracer.setSegment(parent);
      }
    },
  };
}
