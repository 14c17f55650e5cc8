/** A silence in 16 bytes: two little-endian doubles, its first sample and the one behind its last. */
export const SILENCE_BYTES = 16;

/** Samples [startSample, endSample) of the timeline. */
export type Silence = { readonly startSample: number; readonly endSample: number };

export function writeSilence(view: DataView, offset: number, { startSample, endSample }: Silence): void {
  view.setFloat64(offset, startSample, true);
  view.setFloat64(offset + 8, endSample, true);
}

/** The silences in bytes of the series `silences`; throws RangeError when these are not whole ones. */
export function readSilences(bytes: Uint8Array): Silence[] {
  if (bytes.length % SILENCE_BYTES !== 0) {
    throw new RangeError(`${bytes.length} bytes are not whole silences of ${SILENCE_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / SILENCE_BYTES }, (_, i) => ({
    startSample: view.getFloat64(i * SILENCE_BYTES, true),
    endSample: view.getFloat64(i * SILENCE_BYTES + 8, true),
  }));
}
