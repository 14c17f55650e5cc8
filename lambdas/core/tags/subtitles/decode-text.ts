/**
 * The text of a subtitle file, which never says its encoding but by a byte order mark: else UTF-16 where every second
 * byte is zero, UTF-8 where it is valid, else Windows-1252, of which Latin-1 is a part.
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  return new TextDecoder(encoding).decode(bytes).replace(/\0/g, '');
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const zeros = zerosByPlace(bytes.subarray(0, 512));
  if (zeros.odd > 0.4) return 'utf-16le';
  if (zeros.even > 0.4) return 'utf-16be';
  return isUtf8(bytes) ? 'utf-8' : 'windows-1252';
}

/** The share of zero bytes at even and at odd offsets. ASCII in UTF-16 has them at one of the two. */
function zerosByPlace(bytes: Uint8Array): { even: number; odd: number } {
  const zeros = [0, 0];
  bytes.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const pairs = Math.max(1, bytes.length >> 1);
  return { even: (zeros[0] ?? 0) / pairs, odd: (zeros[1] ?? 0) / pairs };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
