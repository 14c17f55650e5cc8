/** The `count` (at most 24) bits from bit `at` of `bytes` on, as an unsigned integer. Bits beyond the end count as 0. */
export function bitsAt(bytes: Uint8Array, at: number, count: number): number {
  const first = Math.floor(at / 8);
  let word = 0;
  for (let index = first; index < first + 4; index++) word = (word << 8) | (bytes[index] ?? 0);
  return (word << (at % 8)) >>> (32 - count);
}
