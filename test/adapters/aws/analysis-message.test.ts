import { analysisMessage, decodeAnalysisMessage } from '../../../lambdas/adapters/aws/analysis-message.ts';
import { trackIdOf } from '../../../lambdas/core/track/identity.ts';

let trackId: string;
let revision: string;
beforeAll(async () => {
  trackId = await trackIdOf('b', 'a.wav');
  revision = await trackIdOf('b', 'b.wav');
});

const through = (message: object) => decodeAnalysisMessage(JSON.stringify(message));

describe('the message that asks for an analysis', () => {
  it('comes out as it went in', () => {
    expect(through(analysisMessage({ trackId, revision }))).toEqual({ trackId, revision });
    const again = { trackId, revision, retryFailed: true };
    expect(through(analysisMessage(again))).toEqual(again);
  });

  it('does not try again unless it says so', () => {
    expect(through(analysisMessage({ trackId, revision, retryFailed: false }))).toEqual({ trackId, revision });
    const odd = { cuepoint: 'analyse', track: trackId, revision, retryFailed: 'perhaps' };
    expect(through(odd)).toEqual({ trackId, revision });
  });

  it.each(['', 'nonsense', 'null', '{"cuepoint":"ingest"}'])('is not %j', (body) => {
    expect(decodeAnalysisMessage(body)).toBeUndefined();
  });

  it.each([{}, { track: '../..', revision: 'x' }, { track: 5 }])('is refused with %j for its ids', (ids) => {
    expect(() => through({ cuepoint: 'analyse', ...ids })).toThrow(/expected the two ids/);
  });
});
