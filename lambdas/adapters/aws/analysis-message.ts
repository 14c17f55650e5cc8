import { CuepointError } from '../../core/errors.ts';

/** What one message asks for. */
export type AnalysisMessage = {
  readonly trackId: string;
  readonly revision: string;
  /** Though it has failed before. */
  readonly retryFailed?: boolean;
};

/** Ids as they are made (core/track/identity.ts): nothing else gets into keys of objects. */
const ID = /^[a-z2-7]{26}$/;

/** The message by which one part of the service asks for the analysis of a published revision. */
export function analysisMessage({ trackId, revision, retryFailed = false }: AnalysisMessage): object {
  return { cuepoint: 'analyse', track: trackId, revision, ...(retryFailed && { retryFailed }) };
}

/** What `analysisMessage` made; `undefined` for every other message. Throws `invalid_body` for one that names no revision. */
export function decodeAnalysisMessage(body: string): AnalysisMessage | undefined {
  const message = parsed(body);
  if (typeof message !== 'object' || message === null || !('cuepoint' in message) || message.cuepoint !== 'analyse') {
    return undefined;
  }
  const { track, revision, retryFailed } = message as Readonly<Record<string, unknown>>;
  if (typeof track === 'string' && ID.test(track) && typeof revision === 'string' && ID.test(revision)) {
    return { trackId: track, revision, ...(retryFailed === true && { retryFailed }) };
  }
  throw new CuepointError(
    'invalid_body',
    `the message asks for an analysis of track ${JSON.stringify(track)}, revision ${JSON.stringify(revision)}; ` +
      'expected the two ids, correct whoever sends to this queue',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
