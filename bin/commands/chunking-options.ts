/** How `serve` is told to cut tracks. */

import {
  type ChunkingConfig,
  DEFAULT_CHUNKING,
  DEFAULT_SILENCE_CHUNKING,
} from '../../lambdas/core/chunking/strategy.ts';
import { checkSilenceOptions } from '../../lambdas/core/dsp/silences.ts';
import { type OptionValues, text, UsageError } from './command.ts';

export const CHUNKING_OPTIONS = {
  'chunk-seconds': { type: 'string' },
  'chunk-bytes': { type: 'string' },
  'chunk-silences': { type: 'boolean' },
  'silence-db': { type: 'string' },
  'silence-ms': { type: 'string' },
  'min-seconds': { type: 'string' },
  'max-seconds': { type: 'string' },
} as const;

const STRATEGIES = ['chunk-seconds', 'chunk-bytes', 'chunk-silences'] as const;
const SILENCE_OPTIONS = ['silence-db', 'silence-ms', 'min-seconds', 'max-seconds'] as const;

/** `undefined`: nothing was asked for. Throws UsageError. */
export function chunkingOf(values: OptionValues): ChunkingConfig | undefined {
  const given = STRATEGIES.filter((name) => values[name] !== undefined && values[name] !== false);
  const [strategy] = given;
  if (given.length > 1) throw new UsageError(`${given.map((name) => `--${name}`).join(' and ')} exclude each other`);
  const stray = SILENCE_OPTIONS.find((name) => values[name] !== undefined);
  if (stray !== undefined && strategy !== 'chunk-silences')
    throw new UsageError(`--${stray} goes with --chunk-silences`);
  if (strategy === undefined) return undefined;
  switch (strategy) {
    case 'chunk-seconds':
      return { ...DEFAULT_CHUNKING, targetSeconds: numberOf(values, strategy, { from: 0.1, to: 3600, usual: 10 }) };
    case 'chunk-bytes': {
      const targetBytes = Math.round(numberOf(values, strategy, { from: 1024, to: 2 ** 30, usual: 1024 }));
      return { strategy: 'bytes', targetBytes };
    }
    case 'chunk-silences':
      return silenceChunking(values);
  }
}

function silenceChunking(values: OptionValues): ChunkingConfig {
  const usual = DEFAULT_SILENCE_CHUNKING;
  const minChunkSeconds = numberOf(values, 'min-seconds', { from: 0.1, to: 3600, usual: usual.minChunkSeconds });
  const maxChunkSeconds = numberOf(values, 'max-seconds', { from: 0.1, to: 3600, usual: usual.maxChunkSeconds });
  if (maxChunkSeconds < minChunkSeconds) {
    throw new UsageError(
      `--max-seconds is ${maxChunkSeconds}; expected at least ${minChunkSeconds}, the --min-seconds`,
    );
  }
  const thresholdDb = -numberOf(values, 'silence-db', { from: 10, to: 120, usual: -usual.thresholdDb });
  const minimumSilenceMs = numberOf(values, 'silence-ms', { from: 20, to: 60_000, usual: usual.minimumSilenceMs });
  checkSilenceOptions({ thresholdDb, minimumMs: minimumSilenceMs });
  return { ...usual, thresholdDb, minimumSilenceMs, minChunkSeconds, maxChunkSeconds };
}

type Bounds = { readonly from: number; readonly to: number; readonly usual: number };

function numberOf(values: OptionValues, name: string, { from, to, usual }: Bounds): number {
  const value = text(values, name);
  if (value === undefined) return usual;
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new UsageError(`--${name} is ${JSON.stringify(value)}; expected a number from ${from} to ${to}`);
}
