/** The page: all tracks, kept up to date. */
import type { TrackView } from '../lambdas/api/track-view.ts';
import { allTracks } from './api-client.ts';
import { isUnderWay, TrackRow } from './track-row.ts';
import { counted } from './wording.ts';

const BUSY_POLL_MS = 1000;
const IDLE_POLL_MS = 3000;

/** Long lists are asked for less often: refreshing takes this part of the time at most, up to the longest pause. */
const REFRESH_SHARE = 0.25;
const LONGEST_POLL_MS = 10_000;

/** Browsers give a page some 75 players; beyond these, metadata is loaded when play is pressed. */
const PRELOADED_PLAYERS = 50;

const list = required('tracks');
const rows = new Map<string, TrackRow>();

function required(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page lacks #${id}`);
  return found;
}

function show(tracks: readonly TrackView[]): void {
  const listed = new Set(tracks.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (listed.has(id)) continue;
    if (row.isPlaying) {
      row.markRemoved();
    } else {
      row.element.remove();
      rows.delete(id);
    }
  }
  // An element that is moved stops playing. Rows never change places, for tracks come in the order of their paths and
  // a path is one track: new ones are put in between.
  let previous: TrackRow | undefined;
  for (const track of tracks) {
    const row = rows.get(track.id) ?? addRow(track, previous);
    row.update(track);
    previous = row;
  }
  required('empty').hidden = rows.size > 0;
  const underWay = tracks.filter(isUnderWay).length;
  const failed = tracks.filter(({ status }) => status === 'failed').length;
  const parts = [counted(tracks.length, 'track'), ...(underWay ? [`${underWay} being indexed`] : [])];
  say('tally', [...parts, ...(failed ? [`${failed} failed`] : [])].join(', '));
}

function addRow(track: TrackView, previous: TrackRow | undefined): TrackRow {
  const row = new TrackRow(track, rows.size < PRELOADED_PLAYERS ? 'metadata' : 'none');
  rows.set(track.id, row);
  if (previous) previous.element.after(row.element);
  else list.prepend(row.element);
  return row;
}

function say(id: string, text: string): void {
  const place = required(id);
  // Set only when it differs: a live region reads out what is set.
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === '';
}

/** Shows the tracks as they are now; milliseconds after which to look again. */
async function refresh(): Promise<number> {
  const startedAtMs = performance.now();
  let pauseMs = IDLE_POLL_MS;
  try {
    const tracks = await allTracks();
    show(tracks);
    say('trouble', '');
    if (tracks.some(isUnderWay)) pauseMs = BUSY_POLL_MS;
  } catch (error) {
    say('trouble', `${error instanceof Error ? error.message : String(error)} Trying again every few seconds.`);
    if (rows.size === 0) say('tally', '');
  }
  const tookMs = performance.now() - startedAtMs;
  return Math.max(pauseMs, Math.min(LONGEST_POLL_MS, tookMs / REFRESH_SHARE));
}

/** Nothing is asked for while nobody looks; coming back asks at once. */
async function seen(): Promise<void> {
  if (document.visibilityState === 'visible') return;
  await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  return seen();
}

async function keepUpToDate(): Promise<never> {
  for (;;) {
    await seen();
    const pauseMs = await refresh();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

void keepUpToDate();
