/** When links are signed and until when they hold: times are floored, so that a link stays the same for a while. */
export type SigningTimes = {
  /** How long a link holds, counted from the floored time of signing. @default 3600 */
  readonly lifeSeconds?: number;
  /** Times of signing are rounded down to multiples of this; shorter than the life. @default 900 */
  readonly floorSeconds?: number;
};

/** In seconds since the epoch. */
export type SigningSlot = { readonly signedAtSeconds: number; readonly expiresAtSeconds: number };

/** Throws RangeError for times by which a link could be born expired. */
export function signingSlots({ lifeSeconds = 3600, floorSeconds = 900 }: SigningTimes): (nowMs: number) => SigningSlot {
  if (!Number.isInteger(floorSeconds) || floorSeconds < 1) {
    throw new RangeError(`floorSeconds is ${floorSeconds}; give a whole number from 1 on`);
  }
  if (!Number.isInteger(lifeSeconds) || lifeSeconds <= floorSeconds) {
    throw new RangeError(`lifeSeconds is ${lifeSeconds}; give a whole number above floorSeconds (${floorSeconds})`);
  }
  return (nowMs) => {
    const nowSeconds = Math.floor(nowMs / 1000);
    const signedAtSeconds = nowSeconds - (nowSeconds % floorSeconds);
    return { signedAtSeconds, expiresAtSeconds: signedAtSeconds + lifeSeconds };
  };
}
