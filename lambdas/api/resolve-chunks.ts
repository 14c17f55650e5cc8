import { bytesToBase64 } from '../core/base64.ts';
import type { AudioFormat } from '../core/formats/format.ts';
import { makePlan, type PlannedChunk, type RangeQuery } from '../core/plan/plan.ts';
import type { Signer } from '../core/ports.ts';
import { chunkKey, initKey, packetTableKey, sourceCopyKey } from '../core/track/object-keys.ts';
import { initChunkOf } from '../core/track/timeline.ts';
import type { PlayableTrack } from './track-reader.ts';

/** Chunks in one answer: 2.8 hours of ten-second chunks, about 600 KB of JSON, well under what a Lambda may answer. */
export const MAX_PLAN_CHUNKS = 1000;

export type PlanChunkView = {
  readonly number: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly preroll: { readonly startByte: number; readonly packets: number };
  /** Where it is not the plan's: a further link of a chained Ogg. */
  readonly init?: { readonly url: string };
  /** The chunk's PacketTable as JSON, where the bytes do not show the frames by themselves (MP4, WebM). */
  readonly packets?: { readonly url: string };
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresAt: string;
  readonly slice: { readonly offset: number; readonly length: number };
  readonly trim: { readonly skipSamples: number; readonly takeSamples: number };
};

export type PlanView = {
  readonly track: string;
  readonly revision: string;
  readonly mimeType: string;
  readonly startByte: number;
  readonly endByte: number;
  readonly startSample: number;
  readonly endSample: number;
  readonly sampleRate: number;
  /** First byte of the first packet and the byte after the last one: a decoder of packets wants nothing outside. */
  readonly audioStartByte: number;
  readonly audioEndByte: number;
  readonly init?: { readonly base64: string };
  /** How to set up a decoder of bare frames, in formats with packet tables: what WebCodecs calls its configuration. */
  readonly decoder?: {
    readonly codec: string;
    readonly sampleRate: number;
    readonly numberOfChannels: number;
    readonly description: { readonly base64: string };
  };
  readonly chunks: readonly PlanChunkView[];
  /** Chunk number to pass as `from`, when there are more chunks than one plan holds. */
  readonly next?: number;
};

/**
 * Several ranges of one track, which share the limit: an answer does not grow with the number of ranges. Where it is used
 * up, plans are cut (or empty), and `next` says where to go on. What decoders are set up with is in the first plan only.
 */
export async function resolveRanges(
  signer: Signer,
  track: PlayableTrack,
  queries: readonly RangeQuery[],
  { limit, fromChunk }: { readonly limit: number; readonly fromChunk: number },
): Promise<readonly PlanView[]> {
  const plans: PlanView[] = [];
  let left = limit;
  for (const query of queries) {
    const plan = await resolveChunks(signer, track, query, { limit: left, fromChunk });
    left -= plan.chunks.length;
    const { init: _, decoder: __, ...others } = plan;
    plans.push(plans.length === 0 ? plan : others);
  }
  return plans;
}

/** One range of one track as chunk URLs. */
export async function resolveChunks(
  signer: Signer,
  track: PlayableTrack,
  query: RangeQuery,
  options: { readonly limit: number; readonly fromChunk: number },
): Promise<PlanView> {
  const { revision, index, trackId } = track;
  const plan = await makePlan(revision, index, query, options);
  const { sampleRate, mimeType } = revision.format;
  return {
    track: trackId,
    revision: revision.revision,
    mimeType,
    startByte: plan.startByte,
    endByte: plan.endByte,
    startSample: plan.startSample,
    endSample: plan.endSample,
    sampleRate,
    audioStartByte: revision.audioStartByte,
    audioEndByte: revision.audioEndByte,
    ...(revision.init.length > 0 ? { init: { base64: bytesToBase64(revision.init) } } : {}),
    ...decoderView(revision.format),
    chunks: await Promise.all(plan.chunks.map((planned) => chunkView(signer, track, planned, sampleRate))),
    ...(plan.nextChunk === undefined ? {} : { next: plan.nextChunk }),
  };
}

async function chunkView(
  signer: Signer,
  { trackId, revision }: PlayableTrack,
  { chunk, timeline, preroll, slice, trim }: PlannedChunk,
  sampleRate: number,
): Promise<PlanChunkView> {
  const signed =
    revision.location === 'objects'
      ? await signer.sign({ key: chunkKey(trackId, revision.revision, chunk, revision.format.extension) })
      : await signer.sign({
          key: sourceCopyKey(trackId, revision.revision),
          range: { startByte: chunk.startByte, endByte: chunk.endByte },
        });
  return {
    number: chunk.number,
    startByte: chunk.startByte,
    endByte: chunk.endByte,
    ...timeline,
    startSeconds: timeline.startSample / sampleRate,
    endSeconds: timeline.endSample / sampleRate,
    preroll,
    ...(await companionView(signer, { trackId, revision }, chunk.number)),
    url: signed.url,
    ...(signed.headers ? { headers: signed.headers } : {}),
    expiresAt: new Date(signed.expiresAtMs).toISOString(),
    slice,
    trim,
  };
}

function decoderView({
  codec,
  codecString,
  sampleRate,
  channels,
  decoderConfig,
}: AudioFormat): Pick<PlanView, 'decoder'> {
  if (decoderConfig === undefined) return {};
  const description = { base64: bytesToBase64(decoderConfig) };
  return { decoder: { codec: codecString ?? codec, sampleRate, numberOfChannels: channels, description } };
}

/** What a decoder needs beside the chunk's own bytes. */
async function companionView(
  signer: Signer,
  { trackId, revision }: Pick<PlayableTrack, 'trackId' | 'revision'>,
  chunkNumber: number,
): Promise<Pick<PlanChunkView, 'init' | 'packets'>> {
  const initChunk = initChunkOf(revision, chunkNumber);
  const signed = async (key: string): Promise<{ url: string }> => ({ url: (await signer.sign({ key })).url });
  return {
    ...(initChunk > 0 ? { init: await signed(initKey(trackId, revision.revision, initChunk)) } : {}),
    ...(revision.format.decoderConfig
      ? { packets: await signed(packetTableKey(trackId, revision.revision, chunkNumber)) }
      : {}),
  };
}
