/**
 * Tags on objects of the media bucket, for the adapter and for the stack: constants only, nothing is imported.
 */

/** On objects that were made for one request and may be forgotten: the bucket's lifecycle expires what carries it. */
export const TRANSIENT_TAG = { key: 'cuepoint', value: 'transient' } as const;
