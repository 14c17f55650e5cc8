import { CuepointError } from '../../core/errors.ts';
import type { ByteRange } from '../../core/ports.ts';

/** The Range header of a link's window; `range_not_satisfiable` for one without bytes. */
export function rangeHeader({ startByte, endByte }: ByteRange): string {
  if (!Number.isSafeInteger(startByte) || !Number.isSafeInteger(endByte) || startByte < 0 || startByte >= endByte) {
    throw new CuepointError(
      'range_not_satisfiable',
      `a link cannot be made for bytes [${startByte}, ${endByte}); give a range of at least one byte`,
    );
  }
  return `bytes=${startByte}-${endByte - 1}`;
}

/** Who follows such a link is answered by S3 or CloudFront, which go as fast as they can. */
export function pacelessLink(): CuepointError<'invalid_parameter'> {
  return new CuepointError(
    'invalid_parameter',
    'links of this service cannot be held to a pace; leave maxBytesPerSecond out',
  );
}

/** `invalid_key` for a key with a segment `.` or `..`: any client would resolve it away. */
export function checkLinkKey(key: string): void {
  if (key !== '' && !key.split('/').some((segment) => segment === '.' || segment === '..')) return;
  throw new CuepointError('invalid_key', `"${key}" is not a key that an address can carry; choose another`);
}
