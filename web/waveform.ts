import { waveformOf } from './api-client.ts';
import { element } from './element.ts';
import { clockTime } from './wording.ts';

const SVG = 'http://www.w3.org/2000/svg';
const HEIGHT = 64;
const MIDDLE = HEIGHT / 2;
const FULL_SCALE = 32_768;

/** As many as a wide screen has room for; a pixel of the waveform is one unit of the picture. */
const WANTED_PIXELS = 1000;

const SMALL_STEP_SECONDS = 5;
const LARGE_STEP_SECONDS = 30;

type Shown = {
  readonly revision: string;
  readonly link: string;
  readonly durationSeconds: number;
  readonly sampleRate: number;
};

/**
 * The waveform of a track as a slider over its player: a click seeks, and so do the keys that sliders have. Fetched when it
 * comes into sight, and again when the revision is another.
 */
export class WaveformSlider {
  readonly element = element('div', { className: 'waveform', tabIndex: 0 });
  readonly #audio: HTMLAudioElement;
  readonly #shape = svgElement('path', { class: 'shape' });
  readonly #played = svgElement('path', { class: 'played' });
  readonly #clip = svgElement('rect', { x: '0', y: '0', width: '0', height: String(HEIGHT) });
  readonly #head = svgElement('line', { class: 'head', y1: '0', y2: String(HEIGHT) });
  readonly #picture: SVGElement;
  #shown: Shown | undefined;
  #drawn: string | undefined;
  #pixels = 1;
  #isSeen = false;

  /** `name` tells sliders apart, for those who hear the page. */
  constructor(name: string, id: string, audio: HTMLAudioElement) {
    this.#audio = audio;
    const clipPath = svgElement('clipPath', { id: `played-${id}` });
    clipPath.append(this.#clip);
    this.#played.setAttribute('clip-path', `url(#played-${id})`);
    this.#picture = svgElement('svg', { preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    this.#picture.append(clipPath, this.#shape, this.#played, this.#head);
    this.element.append(this.#picture);
    this.element.setAttribute('role', 'slider');
    this.element.setAttribute('aria-label', `Position in ${name}`);
    this.element.setAttribute('aria-valuemin', '0');
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('pointerdown', (event) => this.#onPointer(event));
    this.element.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) this.#onPointer(event);
    });
    for (const event of ['timeupdate', 'seeking', 'seeked', 'emptied'])
      audio.addEventListener(event, () => this.#follow());
    new IntersectionObserver((entries) => {
      this.#isSeen = entries.some(({ isIntersecting }) => isIntersecting);
      void this.#draw();
    }).observe(this.element);
  }

  update(shown: Shown): void {
    this.#shown = shown;
    this.element.setAttribute('aria-valuemax', shown.durationSeconds.toFixed(1));
    this.#follow();
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const shown = this.#shown;
    if (shown === undefined || !this.#isSeen || this.#drawn === shown.revision) return;
    this.#drawn = shown.revision;
    try {
      const samples = shown.durationSeconds * shown.sampleRate;
      const { data, length } = await waveformOf(shown.link, Math.max(256, Math.ceil(samples / WANTED_PIXELS)));
      if (this.#shown?.revision !== shown.revision) return;
      this.#pixels = Math.max(1, length);
      this.#picture.setAttribute('viewBox', `0 0 ${this.#pixels} ${HEIGHT}`);
      const path = shapeOf(data);
      this.#shape.setAttribute('d', path);
      this.#played.setAttribute('d', path);
      this.#follow();
    } catch {
      // The player below works without; it is drawn when the row is next updated.
      this.#drawn = undefined;
    }
  }

  #follow(): void {
    const duration = this.#shown?.durationSeconds ?? 0;
    const seconds = Math.min(this.#audio.currentTime, duration);
    const at = duration > 0 ? (seconds / duration) * this.#pixels : 0;
    this.#clip.setAttribute('width', String(at));
    this.#head.setAttribute('x1', String(at));
    this.#head.setAttribute('x2', String(at));
    this.element.setAttribute('aria-valuenow', seconds.toFixed(1));
    this.element.setAttribute('aria-valuetext', `${clockTime(seconds)} of ${clockTime(duration)}`);
  }

  #onPointer(event: PointerEvent): void {
    if (event.button > 0) return;
    const { left, width } = this.element.getBoundingClientRect();
    this.#seek(((event.clientX - left) / width) * (this.#shown?.durationSeconds ?? 0));
  }

  /** The keys of the slider pattern of the ARIA Authoring Practices. */
  #onKey(event: KeyboardEvent): void {
    const now = this.#audio.currentTime;
    const targets: Readonly<Record<string, number>> = {
      ArrowLeft: now - SMALL_STEP_SECONDS,
      ArrowDown: now - SMALL_STEP_SECONDS,
      ArrowRight: now + SMALL_STEP_SECONDS,
      ArrowUp: now + SMALL_STEP_SECONDS,
      PageDown: now - LARGE_STEP_SECONDS,
      PageUp: now + LARGE_STEP_SECONDS,
      Home: 0,
      End: this.#shown?.durationSeconds ?? 0,
    };
    const target = targets[event.key];
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#seek(target);
  }

  #seek(seconds: number): void {
    this.#audio.currentTime = Math.min(Math.max(0, seconds), this.#shown?.durationSeconds ?? 0);
    this.#follow();
  }
}

/** Along the greatest values, then back along the least. `data`: least and greatest of each pixel, 16 bits. */
function shapeOf(data: readonly number[]): string {
  const upper: string[] = [];
  const lower: string[] = [];
  for (let i = 0; i + 1 < data.length; i += 2) {
    const high = MIDDLE - ((data[i + 1] ?? 0) / FULL_SCALE) * MIDDLE;
    const low = Math.max(high + 1, MIDDLE - ((data[i] ?? 0) / FULL_SCALE) * MIDDLE);
    upper.push(`V${high.toFixed(1)}h1`);
    lower.push(`V${low.toFixed(1)}h-1`);
  }
  return `M0 ${MIDDLE}${upper.join('')}${lower.reverse().join('')}Z`;
}

function svgElement(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}
