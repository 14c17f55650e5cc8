/** Numbers as people read them. */

/** `1:02:03`, or `2:03` below an hour; with `decimals` `2:03.400`. Rounded down: no time is shown before it is reached. */
export function clockTime(seconds: number, decimals = 0): string {
  const scale = 10 ** decimals;
  // A second stored as a quotient of samples can lie a hair below the number it stands for.
  const units = Math.floor(seconds * scale + 1e-6);
  const whole = Math.floor(units / scale);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
  const fraction = decimals > 0 ? `.${pad(units % scale, decimals)}` : '';
  const tail = `${pad(whole % 60)}${fraction}`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** Decimal units, three digits: `999 B`, `1.23 MB`, `123 MB`. */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(decimals)} ${units[unit]}`;
}

/** `44.1 kHz` */
export function sampleRate(hertz: number): string {
  return `${Number((hertz / 1000).toFixed(3))} kHz`;
}

export function channels(count: number): string {
  if (count === 1) return 'mono';
  return count === 2 ? 'stereo' : `${count} channels`;
}

/** `128 kbit/s` */
export function bitrate(bitsPerSecond: number): string {
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

/** `-18.5 LUFS`, with a real minus sign. */
export function loudness(lufs: number): string {
  return `${lufs.toFixed(1).replace('-', '\u2212')} LUFS`;
}

/** `1 track`, `2 tracks` */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
