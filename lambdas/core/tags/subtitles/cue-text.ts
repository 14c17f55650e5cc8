/** Text of foreign subtitles as the text of a WebVTT cue: https://www.w3.org/TR/webvtt1/#webvtt-cue-text */

/** Tags that mean the same in both. */
const KEPT_TAGS: ReadonlySet<string> = new Set(['b', 'i', 'u']);

/** A tag as HTML has it; anything else between angle brackets is text. */
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?\/?>/g;

const KNOWN_ENTITY = /&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)/g;

/** ASS puts overrides between braces; `\p1` (or more) begins a drawing, `\p0` ends it. */
const OVERRIDE = /\{(\\[^{}]*)\}/g;
const DRAWING_MODE = /\\p(\d)/g;

export function escapeText(text: string): string {
  return text.replace(KNOWN_ENTITY, '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** SubRip's text: bold, italics and underline stay (and are closed), other tags and ASS overrides go. */
export function cueTextOf(subRipText: string): string {
  const plain = withoutOverrides(subRipText).replace(/\\N/g, '\n').replace(/\\h/g, '\u00a0');
  const open: string[] = [];
  let text = '';
  let doneTo = 0;
  for (const match of plain.matchAll(TAG)) {
    text += escapeText(plain.slice(doneTo, match.index));
    doneTo = match.index + match[0].length;
    const name = (match[2] ?? '').toLowerCase();
    if (!KEPT_TAGS.has(name)) continue;
    if (match[1] === '') {
      open.push(name);
      text += `<${name}>`;
    } else if (open.at(-1) === name) {
      open.pop();
      text += `</${name}>`;
    }
  }
  text += escapeText(plain.slice(doneTo));
  const lines = withoutEmptyLines(text);
  const closing = open.reverse().map((name) => `</${name}>`);
  return lines.replace(/<[^>]*>/g, '').trim() === '' ? '' : lines + closing.join('');
}

function withoutOverrides(text: string): string {
  let plain = '';
  let doneTo = 0;
  let isDrawing = false;
  for (const { 0: override, 1: codes = '', index } of text.matchAll(OVERRIDE)) {
    if (!isDrawing) plain += text.slice(doneTo, index);
    doneTo = index + override.length;
    const mode = [...codes.matchAll(DRAWING_MODE)].at(-1)?.[1];
    if (mode !== undefined) isDrawing = mode !== '0';
  }
  return isDrawing ? plain : plain + text.slice(doneTo);
}

/** An empty line would end the cue. */
function withoutEmptyLines(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '')
    .join('\n');
}
