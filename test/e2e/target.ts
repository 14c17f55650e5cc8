/** Where Cuepoint runs, as whoever tests it from outside has to know it. */
export type Target = {
  readonly url: string;
  /** Where chunks lie: objects of their own, or windows of one. */
  readonly location: 'objects' | 'windows';
  /** A CDN takes no POST, gives no meaning of ours to Range, and turns some requests away by words of its own. */
  readonly hasCdn: boolean;
  /** Links in plans lead to a bucket, which makes nothing again, or to the service itself. */
  readonly links: 'bucket' | 'service';
  /** For so long an answer may tell of the state before. */
  readonly staleMs: number;
  putSource(key: string, bytes: Uint8Array): Promise<void>;
  removeSource(key: string): Promise<void>;
  /** Loses an object of the media bucket behind the service's back, or cuts it to `byteLength`. */
  damage(key: string, byteLength?: number): Promise<void>;
  /** What a cache in between found that HTTP does not allow, in sentences. */
  originFaults(): readonly string[];
  close(): Promise<void>;
};

export type Track = {
  readonly id: string;
  readonly revision: string;
  readonly path: string;
  readonly status: string;
  readonly reason?: { readonly code: string; readonly message: string };
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  readonly byteLength?: number;
  readonly totalSamples?: number;
  readonly links: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
};

/** Playable, or analysed as well: it can be heard either way. */
export function isServed({ status }: Pick<Track, 'status'>): boolean {
  return status === 'playable' || status === 'ready';
}
