import { jsonOf, type RawAnswer, rawRequest } from '../support/http-client.ts';
import { isServed, type Target, type Track } from './target.ts';

const SETTLE_MS = 30_000;
const POLL_INTERVAL_MS = 50;
const PAGE = 1000;

/** What somebody does at a target: uploads, waits, asks. */
export class Session {
  readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  /** `path` may be a whole address. */
  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> {
    return rawRequest(path.startsWith('http') ? path : `${this.target.url}${path}`, { method, headers });
  }

  /** As players get it: follows one redirect, no more. */
  async follow(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    const answer = await this.get(path, headers);
    return answer.status === 307 ? this.get(String(answer.headers.location), headers) : answer;
  }

  async tracks(): Promise<Track[]> {
    return jsonOf(await this.get(`/v1/tracks?limit=${PAGE}`)).tracks;
  }

  async trackAt(path: string): Promise<Track | undefined> {
    return (await this.tracks()).find((candidate) => candidate.path === path);
  }

  async settled(path: string, isSettled: (track: Track | undefined) => boolean): Promise<Track | undefined> {
    const deadlineMs = Date.now() + SETTLE_MS;
    for (;;) {
      const found = await this.trackAt(path);
      if (isSettled(found)) return found;
      if (Date.now() > deadlineMs) throw new Error(`${path} did not settle: ${JSON.stringify(found)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }

  /** Puts a source, and waits for what becomes of it: served or failed. */
  async upload(path: string, bytes: Uint8Array): Promise<Track> {
    const before = await this.trackAt(path);
    await this.target.putSource(path, bytes);
    const found = await this.settled(
      path,
      (track) =>
        track !== undefined &&
        (isServed(track) || track.status === 'failed') &&
        (before === undefined || track.revision !== before.revision),
    );
    if (found === undefined) throw new Error(`${path} is gone`);
    if (before !== undefined) await this.untilFresh();
    return found;
  }

  async remove(path: string): Promise<void> {
    await this.target.removeSource(path);
    await this.settled(path, (track) => track === undefined);
    await this.untilFresh();
  }

  /** Until nobody tells of the state before any more. */
  untilFresh(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.target.staleMs));
  }
}

/** The key of a derived object, out of an address of it: a bucket's own has its name before the key. */
export function derivedKeyOf(url: string): string {
  const path = decodeURIComponent(new URL(url).pathname);
  return path.slice(path.indexOf('/d/') + 1);
}
