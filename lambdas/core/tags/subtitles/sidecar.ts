/** Subtitle files that lie beside the audio they belong to: `name.vtt`, `name.en.srt`, `name.lrc` beside `name.mp3`. */

export const SIDECAR_KINDS = ['vtt', 'srt', 'lrc'] as const;

export type SidecarKind = (typeof SIDECAR_KINDS)[number];

/** The language of a file whose name states none (BCP 47's tag for what is undetermined). */
export const UNDETERMINED = 'und';

const EXTENSION = /[^/]\.(vtt|srt|lrc)$/i;

/** A language tag as names have it, with hyphens or underscores: RFC 5646, two or three letters and subtags. */
const LANGUAGE = /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8}){0,4}$/i;

/** True for the key of a file that is subtitles of another source, and never a source of its own. */
export function isSidecarKey(key: string): boolean {
  return EXTENSION.test(key);
}

/** What all sidecars of the source at `path` begin with. */
export function sidecarPrefix(path: string): string {
  const nameAt = path.lastIndexOf('/') + 1;
  const dot = path.lastIndexOf('.');
  return `${dot > nameAt ? path.slice(0, dot) : path}.`;
}

export type SidecarName = { readonly language: string; readonly kind: SidecarKind };

/** Language and kind of the sidecar at `key`; `undefined` when it is none of the source whose prefix is given. */
export function sidecarName(key: string, prefix: string): SidecarName | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const parts = key.slice(prefix.length).split('.');
  const kind = SIDECAR_KINDS.find((known) => known === parts.at(-1)?.toLowerCase());
  if (kind === undefined || parts.length > 2) return undefined;
  if (parts.length === 1) return { language: UNDETERMINED, kind };
  const language = canonicalLanguage(parts[0] ?? '');
  return language === undefined ? undefined : { language, kind };
}

/** The tag in the spelling of BCP 47 (`pt-BR`); `undefined` for a text that is none. */
export function canonicalLanguage(text: string): string | undefined {
  if (!LANGUAGE.test(text)) return undefined;
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}
