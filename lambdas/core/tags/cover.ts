import type { Cover, FoundPicture, PictureExtension } from './tags.ts';

/** Larger pictures are not stored: no page needs them, and they would make the first play wait for them. */
export const MAX_COVER_BYTES = 10 * 2 ** 20;

/** Players read what lies before the audio before they play: half a second on a slow line. */
export const SLOW_COVER_BYTES = 2 * 2 ** 20;

const MIME_TYPES: Readonly<Record<PictureExtension, string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
};

/** What the bytes are, whatever the tag calls them; `undefined` for anything that is not one of these pictures. */
export function pictureExtensionOf(bytes: Uint8Array): PictureExtension | undefined {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpg';
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (startsWith(bytes, 0, [0x47, 0x49, 0x46, 0x38])) return 'gif';
  const isWebp = startsWith(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes, 8, [0x57, 0x45, 0x42, 0x50]);
  return isWebp ? 'webp' : undefined;
}

export type ChosenCover = { readonly cover: Cover; readonly bytes: Uint8Array };

/**
 * The picture to show for a file: the front cover, else the first one. `too_large` when there are pictures, but all of
 * them are above MAX_COVER_BYTES; `undefined` when there is none that a browser shows.
 */
export function chooseCover(pictures: readonly FoundPicture[]): ChosenCover | 'too_large' | undefined {
  const known = pictures.flatMap(({ type, bytes }) => {
    const extension = pictureExtensionOf(bytes);
    return extension === undefined ? [] : [{ isFront: /front/i.test(type ?? ''), bytes, extension }];
  });
  const fitting = known.filter(({ bytes }) => bytes.length <= MAX_COVER_BYTES);
  const chosen = fitting.find(({ isFront }) => isFront) ?? fitting[0];
  if (chosen === undefined) return known.length > 0 ? 'too_large' : undefined;
  const { extension, bytes } = chosen;
  return { cover: { extension, mimeType: MIME_TYPES[extension], byteLength: bytes.length }, bytes };
}

function startsWith(bytes: Uint8Array, offset: number, mark: readonly number[]): boolean {
  return mark.every((byte, i) => bytes[offset + i] === byte);
}
