import type { PlanChunkView, PlanView } from '../../lambdas/api/resolve-chunks.ts';
import type { JoinPlan } from '../../web/join.ts';

export type ChunkHostOptions = {
  readonly source: Uint8Array;
  /** First bytes of the chunks after the first, ascending. */
  readonly cuts: readonly number[];
  readonly location: 'objects' | 'windows';
  readonly chunksPerPlan?: number;
  /** Bodies arrive in parts of this many bytes. */
  readonly partBytes?: number;
};

/** Takes the place of a chunk's proper answer; `undefined` leaves it as it is. */
export type Fault = (request: {
  readonly number: number;
  readonly proper: Response;
}) => Response | Promise<Response> | undefined;

const ORIGIN = 'https://host.test';

/**
 * A service in memory that answers plans and chunks as the API and the store do. Links die when `renewLinks` is called;
 * those of windows answer their own Range header only.
 */
export class ChunkHost {
  revision = 'r1';
  readonly requests: string[] = [];
  openBodies = 0;
  sentBytes = 0;
  readonly #options: Required<ChunkHostOptions>;
  readonly #faults: (Fault | undefined)[] = [];
  #linkAge = 0;

  constructor(options: ChunkHostOptions) {
    this.#options = { chunksPerPlan: 1000, partBytes: 7, ...options };
  }

  /** The faults of the next chunk requests, one each. */
  failNext(...faults: (Fault | undefined)[]): void {
    this.#faults.push(...faults);
  }

  renewLinks(): void {
    this.#linkAge++;
  }

  planUrl(startByte: number, endByte: number): string {
    return `${ORIGIN}/v1/tracks/t/chunks?bytes=${startByte}-${endByte - 1}`;
  }

  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const url = new URL(address);
    const range = new Headers(init.headers).get('Range');
    this.requests.push(`${url.pathname}${url.search}${range === null ? '' : ` ${range}`}`);
    if (url.pathname === '/v1/tracks/t/chunks') return Response.json(this.#plan(url.searchParams));
    const [, kind, age, number = ''] = url.pathname.split('/');
    const proper =
      Number(age) === this.#linkAge
        ? this.#chunk(Number(number), range, kind === 'windows', init.signal ?? undefined)
        : Response.json({ error: 'the link expired' }, { status: 403 });
    return (await this.#faults.shift()?.({ number: Number(number), proper })) ?? proper;
  };

  #bounds(number: number): { startByte: number; endByte: number } {
    const { source, cuts } = this.#options;
    return { startByte: number === 0 ? 0 : (cuts[number - 1] ?? 0), endByte: cuts[number] ?? source.length };
  }

  #plan(query: URLSearchParams): JoinPlan {
    const [first = 0, last = 0] = (query.get('bytes') ?? '').split('-').map(Number);
    const asked = { startByte: first, endByte: last + 1 };
    const { cuts, chunksPerPlan } = this.#options;
    const found = [...cuts, 0]
      .map((_, number) => this.#chunkView(number, asked))
      .filter((chunk) => chunk.slice.length > 0 && chunk.number >= Number(query.get('from') ?? 0));
    const next = found[chunksPerPlan]?.number;
    const plan: PlanView = {
      track: 't',
      revision: this.revision,
      mimeType: 'audio/wav',
      ...asked,
      startSample: 0,
      endSample: 0,
      sampleRate: 8000,
      audioStartByte: 0,
      audioEndByte: this.#options.source.length,
      chunks: found.slice(0, chunksPerPlan),
      ...(next === undefined ? {} : { next }),
    };
    return plan;
  }

  #chunkView(number: number, asked: { startByte: number; endByte: number }): PlanChunkView {
    const { startByte, endByte } = this.#bounds(number);
    const sliceStart = Math.max(startByte, asked.startByte);
    const { location } = this.#options;
    return {
      number,
      startByte,
      endByte,
      startSample: 0,
      endSample: 0,
      startSeconds: 0,
      endSeconds: 0,
      preroll: { startByte, packets: 0 },
      // Relative here: a service behind a proxy may not know its own name.
      url: `/${location}/${this.#linkAge}/${number}`,
      ...(location === 'windows' ? { headers: { Range: `bytes=${startByte}-${endByte - 1}` } } : {}),
      expiresAt: '2030-01-01T00:00:00.000Z',
      slice: { offset: sliceStart - startByte, length: Math.min(endByte, asked.endByte) - sliceStart },
      trim: { skipSamples: 0, takeSamples: 0 },
    };
  }

  #chunk(number: number, range: string | null, window: boolean, signal: AbortSignal | undefined): Response {
    const chunk = this.#bounds(number);
    const object = window ? this.#options.source : this.#options.source.subarray(chunk.startByte, chunk.endByte);
    if (window && range !== `bytes=${chunk.startByte}-${chunk.endByte - 1}`) {
      return Response.json({ error: 'the link is bound to a header' }, { status: 403 });
    }
    if (range === null) return this.body(object, signal);
    const [first = 0, last = 0] = range.replace('bytes=', '').split('-').map(Number);
    const headers = { 'Content-Range': `bytes ${first}-${last}/${object.length}` };
    return this.body(object.subarray(first, last + 1), signal, { status: 206, headers });
  }

  /** A response whose body arrives in parts, and breaks when the request is aborted. */
  body(bytes: Uint8Array, signal?: AbortSignal, init: ResponseInit = {}): Response {
    const { partBytes } = this.#options;
    let sent = 0;
    let open = true;
    this.openBodies++;
    const end = (): void => {
      if (open) this.openBodies--;
      open = false;
    };
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          signal?.addEventListener('abort', () => {
            if (open) controller.error(signal.reason);
            end();
          });
        },
        pull: (controller) => {
          if (sent < bytes.length) controller.enqueue(bytes.slice(sent, sent + partBytes));
          this.sentBytes += Math.min(partBytes, bytes.length - sent);
          sent += partBytes;
          if (sent < bytes.length) return;
          end();
          controller.close();
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    );
    return new Response(stream, init);
  }
}

/** Some bytes of a proper body, then a broken connection, as a lost network has it. */
export async function brokenAfter(proper: Response, byteLength: number): Promise<Response> {
  const bytes = new Uint8Array(await proper.arrayBuffer()).subarray(0, byteLength);
  let sent = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent || bytes.length === 0) return controller.error(new TypeError('terminated'));
      sent = true;
      controller.enqueue(bytes);
    },
  });
  return new Response(stream, { status: proper.status, headers: proper.headers });
}
