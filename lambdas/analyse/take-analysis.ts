import type { AnalysisRequest } from '../ingest/ports.ts';
import { type AnalysisOutcome, analyseTrack, giveUpAnalysis } from './analyse-track.ts';
import type { AnalyseContext } from './ports.ts';

export type TakeOptions = {
  /** Nobody will try again: the record then says why there is no analysis. */
  readonly isLast: boolean;
  /** Has an analysis for which there was no more time gone on with. Resolves once that cannot get lost any more. */
  readonly goOn: (request: AnalysisRequest) => Promise<void>;
};

/** Makes the analysis that a message of a queue asks for. Throws as `analyseTrack` does. */
export async function takeAnalysis(
  context: AnalyseContext,
  request: AnalysisRequest,
  { isLast, goOn }: TakeOptions,
): Promise<AnalysisOutcome> {
  try {
    const outcome = await analyseTrack(context, request);
    if (outcome.outcome === 'paused') await goOn(request);
    return outcome;
  } catch (error) {
    if (isLast) {
      await giveUpAnalysis(context, request, error).catch((cause: unknown) => {
        context.log.error('failure_not_recorded', { ...request, error: cause });
      });
    }
    throw error;
  }
}
