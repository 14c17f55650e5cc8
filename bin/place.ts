import type { TrackView } from '../lambdas/api/track-view.ts';
import type { IngestContext, IngestEvent } from '../lambdas/ingest/ports.ts';
import type { Terminal } from './terminal.ts';

/** A file of this machine, as it was typed. */
export type LocalFile = { readonly file: string; readonly byteLength: number };

/** Subtitles that lie among the sources now, at this path. */
export type AddedSubtitles = { readonly path: string; readonly status: 'subtitles' };

export type TakeOptions = {
  readonly retryFailed: boolean;
  /** What is not analysed is to be, where this is done here. */
  readonly analyses?: boolean;
  readonly terminal: Terminal;
};

/** Where a command works: on the folders of this machine, or on a deployed stack. */
export interface Place {
  /** With all that ingesting needs; the use cases are the same in both places. */
  readonly stores: IngestContext;

  /** Puts a file among the sources, below `folder` (no leading or trailing slash; '' = the top), and waits for its track. */
  add(local: LocalFile, folder: string, terminal: Terminal): Promise<TrackView | AddedSubtitles>;

  /** Takes in an event of a reconcile: `done`, or `queued` when others do the work later. */
  take(event: IngestEvent, options: TakeOptions): Promise<'done' | 'queued'>;
}
