import type { TrackView } from '../lambdas/api/track-view.ts';
import { ChunkTable } from './chunk-table.ts';
import { element } from './element.ts';
import { WaveformSlider } from './waveform.ts';
import { bitrate, byteSize, channels, clockTime, loudness, sampleRate } from './wording.ts';

const PART_SEPARATOR = ' · ';

/**
 * One track of the list. `update` changes what differs and nothing else: the audio element is made once and never moved,
 * so that it plays on whatever the service reports.
 */
export class TrackRow {
  readonly element = element('li', { className: 'track' });
  readonly #badge = element('span', { className: 'badge' });
  readonly #tags = element('p', { className: 'tags', hidden: true });
  readonly #cover = element('img', { className: 'cover', hidden: true, loading: 'lazy', alt: '' });
  readonly #facts = element('p', { className: 'facts' });
  readonly #progress = element('progress', { max: 1 });
  readonly #reason = element('p', { className: 'reason' });
  readonly #warnings = element('ul', { className: 'warnings' });
  readonly #playerNote = element('p', { className: 'note', hidden: true });
  readonly #path: string;
  readonly #preload: 'metadata' | 'none';
  readonly #id: string;
  #audio: HTMLAudioElement | undefined;
  #waveform: WaveformSlider | undefined;
  #chunks: ChunkTable | undefined;
  #audioRevision: string | undefined;
  #revision: string | undefined;

  constructor({ id, path }: TrackView, preload: 'metadata' | 'none') {
    this.#id = id;
    this.#path = path;
    this.#preload = preload;
    const heading = element('div', { className: 'heading' });
    heading.append(element('h2', { textContent: path }), this.#badge);
    this.#progress.setAttribute('aria-label', `Indexing ${path}`);
    this.element.append(this.#cover, heading, this.#tags, this.#facts, this.#progress, this.#reason, this.#warnings);
  }

  get isPlaying(): boolean {
    return this.#audio !== undefined && !this.#audio.paused;
  }

  update(track: TrackView): void {
    this.#showStatus(track.status);
    this.#showTags(track);
    setText(this.#facts, factsOf(track));
    const { bytesDone, bytesTotal } = track.progress;
    const isIndexing = isUnderWay(track);
    this.#progress.hidden = !isIndexing;
    if (isIndexing && bytesTotal > 0) this.#progress.value = bytesDone / bytesTotal;
    else this.#progress.removeAttribute('value');
    setText(this.#reason, track.reason ? `It cannot be played: ${track.reason.message}` : '');
    this.#reason.hidden = track.reason === undefined;
    this.#showWarnings(track);
    if (track.revision !== undefined) this.#showAudio(track, track.revision);
  }

  /** The source is gone; what plays may play on from what the browser holds. */
  markRemoved(): void {
    this.#showStatus('removed');
  }

  #showStatus(status: string): void {
    setText(this.#badge, status);
    this.#badge.dataset.status = status;
  }

  #showTags({ tags: { title, artist, album, year }, links: { cover } }: TrackView): void {
    setText(this.#tags, [title, artist, album, year].filter((value) => value !== undefined).join(PART_SEPARATOR));
    this.#tags.hidden = this.#tags.textContent === '';
    this.#cover.hidden = cover === undefined;
    // Set only when it differs: a picture that is set is loaded again.
    if (cover !== undefined && this.#cover.getAttribute('src') !== cover) this.#cover.src = cover;
  }

  #showWarnings({ warnings }: TrackView): void {
    const messages = warnings.map(({ message }) => message);
    const shown = [...this.#warnings.children].map(({ textContent }) => textContent);
    this.#warnings.hidden = messages.length === 0;
    if (messages.join('\n') === shown.join('\n')) return;
    this.#warnings.replaceChildren(...messages.map((textContent) => element('li', { textContent })));
  }

  #showWaveform({ links, durationSeconds, sampleRate }: TrackView, audio: HTMLAudioElement, revision: string): void {
    if (links.waveform === undefined || durationSeconds === undefined || sampleRate === undefined) return;
    if (this.#waveform === undefined) {
      this.#waveform = new WaveformSlider(this.#path, this.#id, audio);
      audio.before(this.#waveform.element);
    }
    this.#waveform.update({ revision, link: links.waveform, durationSeconds, sampleRate });
  }

  #showAudio(track: TrackView, revision: string): void {
    const { links, mimeType = '', chunkCount = 0 } = track;
    this.#revision = revision;
    if (links.stream === undefined || links.chunks === undefined) return;
    const audio = this.#audio ?? this.#addAudio(links.stream, mimeType, revision);
    this.#showWaveform(track, audio, revision);
    this.#chunks ??= this.#addChunks();
    this.#chunks.update({ revision, chunksLink: links.chunks, chunkCount });
    if (audio.paused) this.#takeNewestRevision();
  }

  #addAudio(streamLink: string, mimeType: string, revision: string): HTMLAudioElement {
    const audio = element('audio', { controls: true, preload: this.#preload, src: streamLink });
    audio.setAttribute('aria-label', `Player of ${this.#path}`);
    this.#audio = audio;
    this.#audioRevision = revision;
    const isStranger = audio.canPlayType(mimeType) === '';
    audio.addEventListener('error', () => {
      this.#note(
        isStranger
          ? `This browser does not play ${mimeType}; its bytes and chunks are served all the same.`
          : 'The browser could not play this audio.',
      );
    });
    audio.addEventListener('loadedmetadata', () => this.#note(''));
    for (const event of ['pause', 'ended']) audio.addEventListener(event, () => this.#takeNewestRevision());
    this.element.append(audio, this.#playerNote);
    return audio;
  }

  #addChunks(): ChunkTable {
    const chunks = new ChunkTable(this.#path, (seconds) => {
      if (this.#audio) this.#audio.currentTime = seconds;
    });
    this.element.append(chunks.element);
    return chunks;
  }

  /** The link follows the newest revision, the element holds bytes of the one it began with: never mix the two. */
  #takeNewestRevision(): void {
    if (this.#audioRevision === this.#revision) return;
    this.#audioRevision = this.#revision;
    if (!this.#audio) return;
    const { currentTime } = this.#audio;
    this.#audio.load();
    this.#audio.currentTime = currentTime;
  }

  #note(message: string): void {
    setText(this.#playerNote, message);
    this.#playerNote.hidden = message === '';
  }
}

/** A track that is served can be indexed anew meanwhile. */
export function isUnderWay({ status, progress }: TrackView): boolean {
  return status === 'ingesting' || (status !== 'failed' && progress.bytesDone < progress.bytesTotal);
}

function factsOf(track: TrackView): string {
  const facts: string[] = [];
  if (track.durationSeconds !== undefined) facts.push(clockTime(track.durationSeconds));
  if (track.codec !== undefined) facts.push(track.codec);
  if (track.sampleRate !== undefined) facts.push(sampleRate(track.sampleRate));
  if (track.channels !== undefined) facts.push(channels(track.channels));
  if (track.bitrate !== undefined) facts.push(bitrate(track.bitrate));
  facts.push(byteSize(track.byteLength));
  if (track.analysis?.integratedLufs != null) facts.push(loudness(track.analysis.integratedLufs));
  return facts.join(PART_SEPARATOR);
}

/** Screen readers and selections are disturbed by text that is set again, even to the same. */
function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
