/**
 * The table's keys, for the adapter and for the stack: constants only, nothing is imported.
 *
 *     item      pk           sk                        lp         ls
 *     record    {track id}   track                     tracks     {path}                      a track with a source
 *     record    {track id}   track                     deleted    {path}                      a tombstone
 *     page      {track id}   page/{revision}/{number}  pages      {track id}/{revision}
 *
 * All four are strings: DynamoDB sorts these by their UTF-8 bytes, which is the order that paths have.
 */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';

/** The index that lists tracks by path, tombstones by path, and revisions that have pages. */
export const LISTING_INDEX = 'listing';
export const LISTING_PARTITION = 'lp';
export const LISTING_SORT = 'ls';

/** `sk` of a record. */
export const TRACK_SORT = 'track';

/** Partitions of the listing index. */
export const TRACKS_PARTITION = 'tracks';
export const DELETED_PARTITION = 'deleted';
export const PAGES_PARTITION = 'pages';

/**
 * What the listing index holds beside keys: nothing (KEYS_ONLY). Only a track's coming and going writes to it then, not
 * its progress, so one partition of it lists a thousand new tracks a second.
 */
export const LISTING_PROJECTED: readonly string[] = [];
