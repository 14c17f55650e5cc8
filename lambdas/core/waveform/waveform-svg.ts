/** A waveform to look at: one shape in the text's colour, which takes any size, and a title for those who hear it. */
import type { Waveform } from './waveform.ts';

/** Units of the picture: a pixel of the waveform is one wide, a channel so high. */
const CHANNEL_HEIGHT = 64;
const MIDDLE = CHANNEL_HEIGHT / 2;
const FULL_SCALE = 32_768;

/** `title` is plain text. Channels lie one below the other. */
export function waveformSvg({ channels, length, data }: Waveform, title: string): string {
  const text = escapeXml(title);
  const shapes = Array.from({ length: channels }, (_, channel) => channelShape(data, channel, channels, length));
  const viewBox = `0 0 ${Math.max(1, length)} ${CHANNEL_HEIGHT * channels}`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" preserveAspectRatio="none" role="img" ` +
    `aria-label="${text}"><title>${text}</title><path fill="currentColor" d="${shapes.join('')}"/></svg>`
  );
}

/** Along the greatest values, then back along the least; a line of one unit where both are the same. */
function channelShape(data: Int16Array, channel: number, channels: number, length: number): string {
  if (length === 0) return '';
  const top = channel * CHANNEL_HEIGHT + MIDDLE;
  const upper: string[] = [];
  const lower: string[] = [];
  for (let pixel = 0; pixel < length; pixel++) {
    const at = 2 * (pixel * channels + channel);
    const high = Math.floor(top - ((data[at + 1] ?? 0) / FULL_SCALE) * MIDDLE);
    const low = Math.max(high + 1, Math.ceil(top - ((data[at] ?? 0) / FULL_SCALE) * MIDDLE));
    upper.push(`V${high}h1`);
    lower.push(`V${low}h-1`);
  }
  return `M0 ${top}${upper.join('')}${lower.reverse().join('')}Z`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Characters that XML 1.0 cannot hold are left out. */
function escapeXml(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
    .replace(/[^\t\n\r -\uFFFD\u{10000}-\u{10FFFF}]/gu, '');
}
