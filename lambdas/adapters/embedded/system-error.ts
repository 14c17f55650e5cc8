/** The code of an operating system error (`ENOENT`, `EEXIST` …), `undefined` for anything else that was thrown. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) && (typeof error !== 'object' || error === null)) return undefined;
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

/** What the system says when there is nothing at a path: no such name, a file where a folder is needed, links in a circle. */
export function isAbsence(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}
