/** The lines of a text, whatever ends them, without control characters but the tab. */
export function linesOf(text: string): string[] {
  return text.split(/\r\n?|\n|\u2028|\u2029/).map((line) => line.replace(/[^\P{Cc}\t]|\p{Surrogate}|\ufeff/gu, ''));
}
