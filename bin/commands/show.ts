import { trackView } from '../../lambdas/api/track-view.ts';
import { type Command, findTrack, onlyArgument, withStores } from './command.ts';
import { analysisLines, chunkingText, durationText, formatText, tagLines } from './track-texts.ts';

/** Of the longest name, `album artist`. */
const NAME_WIDTH = 12;

export const show: Command = {
  name: 'show',
  usage: 'TRACK',
  summary: 'tell all about one track, named by id or path',
  details: '',
  options: {},
  run: (invocation) =>
    withStores(invocation, async (stores) => {
      const view = trackView(await findTrack(stores, onlyArgument(invocation, 'track')));
      invocation.terminal.result(view, () => {
        const lines = [
          ['path', view.path],
          ['id', view.id],
          ['revision', view.revision ?? ''],
          ['status', view.status],
          ['reason', view.reason ? `${view.reason.code}: ${view.reason.message}` : ''],
          ['format', formatText(view)],
          ['duration', view.totalSamples === undefined ? '' : `${durationText(view)} (${view.totalSamples} samples)`],
          ['size', `${view.byteLength} bytes`],
          [
            'progress',
            view.status === 'ingesting' ? `${view.progress.bytesDone} of ${view.progress.bytesTotal} bytes` : '',
          ],
          ['chunks', view.chunkCount === undefined ? '' : String(view.chunkCount)],
          ['chunking', view.chunking === undefined ? '' : chunkingText(view.chunking)],
          ...analysisLines(view),
          ['modified', view.lastModified],
          ...tagLines(view),
          ...view.warnings.map(({ code, message }) => ['warning', `${code}: ${message}`]),
        ];
        return lines
          .filter(([, value]) => value !== '')
          .map(([name = '', value = '']) => `${name.padEnd(NAME_WIDTH)} ${value}`)
          .join('\n');
      });
      return view.status === 'failed' ? 1 : 0;
    }),
};
