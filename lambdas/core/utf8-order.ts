/**
 * Moves a UTF-16 code unit to where the first byte of its UTF-8 form would sort: surrogates (code points from U+10000)
 * belong after U+E000 to U+FFFF, although their code units are smaller.
 */
function utf8Rank(codeUnit: number): number {
  if (codeUnit >= 0xe000) return codeUnit - 0x800;
  if (codeUnit >= 0xd800) return codeUnit + 0x2000;
  return codeUnit;
}

/**
 * Compares two well-formed strings by their UTF-8 bytes without encoding them: negative, zero or positive.
 *
 * Source: The Unicode Standard, section 5.17 "Binary Order".
 */
export function compareUtf8(left: string, right: string): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return utf8Rank(leftUnit) - utf8Rank(rightUnit);
  }
  return left.length - right.length;
}
