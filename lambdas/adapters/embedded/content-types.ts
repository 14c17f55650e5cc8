const OCTETS = 'application/octet-stream';

const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['aac', 'audio/aac'],
  ['aif', 'audio/aiff'],
  ['aifc', 'audio/aiff'],
  ['aiff', 'audio/aiff'],
  ['flac', 'audio/flac'],
  ['m4a', 'audio/mp4'],
  ['m4b', 'audio/mp4'],
  ['m4s', 'audio/mp4'],
  ['mka', 'audio/matroska'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'audio/mp4'],
  ['oga', 'audio/ogg'],
  ['ogg', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['rf64', 'audio/wav'],
  ['wav', 'audio/wav'],
  ['webm', 'audio/webm'],
  ['wma', 'audio/x-ms-wma'],
  ['wv', 'audio/x-wavpack'],
  ['json', 'application/json'],
  ['m3u8', 'application/vnd.apple.mpegurl'],
  ['mpd', 'application/dash+xml'],
  ['svg', 'image/svg+xml'],
  ['txt', 'text/plain; charset=utf-8'],
]);

/** The media type of a file that came without one, by its extension; octets when the extension says nothing. */
export function contentTypeOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  if (dot < 0) return OCTETS;
  return CONTENT_TYPES.get(name.slice(dot + 1).toLowerCase()) ?? OCTETS;
}
