import type { PlanChunkView } from '../lambdas/api/resolve-chunks.ts';
import { someChunks } from './api-client.ts';
import { element } from './element.ts';
import { byteSize, clockTime, counted } from './wording.ts';

/** As many rows as are drawn without a pause. */
const ROWS_PER_PAGE = 200;

const COLUMNS = ['Chunk', 'Time', 'Bytes', 'Size', 'Preroll packets', 'Object'];

type Shown = { readonly revision: string; readonly chunksLink: string; readonly chunkCount: number };

/** The chunks of a track, folded away; fetched when they are first looked at, and again when the revision is another. */
export class ChunkTable {
  readonly element = document.createElement('details');
  readonly #summary = element('summary');
  readonly #rows = element('tbody');
  readonly #sheet = element('div', { className: 'sheet' });
  readonly #message = element('p', { className: 'note' });
  readonly #more = element('button', { className: 'more', type: 'button' });
  readonly #seek: (seconds: number) => void;
  #shown: Shown | undefined;
  #nextChunk: number | undefined = 0;
  /** Counts the tables begun: an answer to an older one is not shown. */
  #turn = 0;
  #loading = false;

  constructor(label: string, seek: (seconds: number) => void) {
    this.#seek = seek;
    const head = element('tr');
    for (const title of COLUMNS) head.append(element('th', { scope: 'col', textContent: title }));
    const table = element('table');
    table.setAttribute('aria-label', `Chunks of ${label}`);
    table.append(element('thead'), this.#rows);
    table.tHead?.append(head);
    // What scrolls must be reachable by keyboard.
    this.#sheet.tabIndex = 0;
    this.#sheet.setAttribute('role', 'region');
    this.#sheet.setAttribute('aria-label', `Chunks of ${label}`);
    this.#sheet.append(table);
    this.#message.setAttribute('role', 'status');
    this.element.append(this.#summary, this.#sheet, this.#message, this.#more);
    this.element.addEventListener('toggle', () => this.#loadIfSeen());
    this.#more.addEventListener('click', () => void this.#load());
    this.#say('');
  }

  update(shown: Shown): void {
    this.#summary.textContent = counted(shown.chunkCount, 'chunk');
    if (shown.revision === this.#shown?.revision) return;
    this.#shown = shown;
    this.#turn++;
    this.#nextChunk = 0;
    this.#loading = false;
    this.#rows.replaceChildren();
    this.#loadIfSeen();
  }

  #loadIfSeen(): void {
    if (this.element.open && this.#rows.childElementCount === 0) void this.#load();
  }

  async #load(): Promise<void> {
    if (!this.#shown || this.#nextChunk === undefined || this.#loading) return;
    const turn = this.#turn;
    this.#loading = true;
    this.#say('Loading…');
    try {
      const plan = await someChunks(this.#shown.chunksLink, this.#nextChunk, ROWS_PER_PAGE);
      if (turn !== this.#turn) return;
      this.#rows.append(...plan.chunks.map((chunk) => this.#row(chunk)));
      this.#nextChunk = plan.next;
      this.#say('');
    } catch (error) {
      if (turn === this.#turn) this.#say(error instanceof Error ? error.message : String(error));
    }
    if (turn === this.#turn) this.#loading = false;
  }

  #say(message: string): void {
    const rows = this.#rows.childElementCount;
    this.#message.textContent = message;
    this.#message.hidden = message === '';
    this.#sheet.hidden = rows === 0;
    const left = (this.#shown?.chunkCount ?? 0) - rows;
    this.#more.hidden = message === 'Loading…' || this.#nextChunk === undefined || !this.element.open;
    this.#more.textContent = rows === 0 ? 'Try again' : `Show more (${counted(left, 'chunk')} left)`;
  }

  #row(chunk: PlanChunkView): HTMLTableRowElement {
    const { number, startSeconds, endSeconds, startByte, endByte, preroll, headers } = chunk;
    const seek = element('button', {
      className: 'seek',
      type: 'button',
      textContent: `${clockTime(startSeconds, 3)} – ${clockTime(endSeconds, 3)}`,
      title: 'Set the player to the start of this chunk',
    });
    seek.addEventListener('click', () => this.#seek(startSeconds));
    const row = element('tr');
    row.append(
      element('th', { scope: 'row', textContent: String(number) }),
      cell(seek),
      cell(`${startByte.toLocaleString('en')} – ${endByte.toLocaleString('en')}`),
      cell(byteSize(endByte - startByte)),
      cell(String(preroll.packets)),
      // A browser cannot send a header along with a link.
      cell(headers ? 'window of the source' : objectLink(chunk)),
    );
    return row;
  }
}

function objectLink({ number, url }: PlanChunkView): HTMLAnchorElement {
  const link = element('a', { href: url, textContent: 'open', target: '_blank', rel: 'noopener' });
  link.setAttribute('aria-label', `Open chunk ${number} in a new tab`);
  return link;
}

function cell(content: string | HTMLElement): HTMLTableCellElement {
  const made = element('td');
  made.append(content);
  return made;
}
