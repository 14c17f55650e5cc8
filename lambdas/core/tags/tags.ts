/** What the tags of a file say, as clients see it, and what a reader of tags hands over before it is made fit for them. */

/** A field that the file does not state, or states as nonsense, is absent. Texts are one line, at most 4 KiB of UTF-8. */
export type Tags = {
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly albumArtist?: string;
  readonly composer?: string;
  readonly genre?: string;
  readonly comment?: string;
  readonly track?: number;
  readonly trackTotal?: number;
  readonly disc?: number;
  readonly discTotal?: number;
  /** Of the release, four digits. */
  readonly year?: number;
};

/** Times from the beginning of the timeline. `endSeconds` only where the file states it. */
export type Chapter = { readonly startSeconds: number; readonly endSeconds?: number; readonly title: string };

export type LyricsLine = { readonly timeSeconds: number; readonly text: string };

/** `synced` where the file says when each line is sung; `text` are the words alone. */
export type Lyrics = {
  readonly text?: string;
  readonly synced?: readonly LyricsLine[];
};

export type PictureExtension = 'jpg' | 'png' | 'webp' | 'gif';

/** The cover as it is stored beside the chunks. */
export type Cover = {
  readonly extension: PictureExtension;
  readonly mimeType: string;
  readonly byteLength: number;
};

/** What a record keeps about the tags: small fields themselves, the rest as objects of their own. */
export type TagSummary = {
  readonly tags?: Tags;
  readonly cover?: Cover;
  /** There is an object with the lyrics. */
  readonly hasLyrics?: true;
  /** There is an object with the chapters. */
  readonly hasChapters?: true;
};

export type FoundPicture = {
  /** What the picture shows, as the tag words it: `Cover (front)` … */
  readonly type?: string;
  readonly bytes: Uint8Array;
};

export type FoundLyrics =
  /** Words, perhaps with LRC stamps in them. */
  | { readonly kind: 'text'; readonly text: string }
  /** Pieces of text, each with its time in milliseconds. A piece may be a line or, between line feeds, a syllable. */
  | { readonly kind: 'synced'; readonly pieces: readonly { readonly timeMs: number; readonly text: string }[] };

export type FoundChapter = { readonly startSeconds: number; readonly endSeconds?: number; readonly title: string };

/** The tags of a file as they were found: of any length, with anything in them. */
export type FoundTags = {
  readonly texts: Readonly<
    Partial<Record<'title' | 'artist' | 'album' | 'albumArtist' | 'composer' | 'genre' | 'comment', string>>
  >;
  readonly numbers: Readonly<Partial<Record<'track' | 'trackTotal' | 'disc' | 'discTotal' | 'year', number>>>;
  readonly pictures: readonly FoundPicture[];
  readonly lyrics: readonly FoundLyrics[];
  readonly chapters: readonly FoundChapter[];
  /** Fields that no list of tags knows but that may tell chapters: name (upper case) and value. */
  readonly chapterComments: readonly (readonly [name: string, value: string])[];
  /** Why reading ended before the end of the tags; absent when all was read. For people. */
  readonly failure?: string;
};
