import type { SourceWarning } from '../format.ts';
import type { WalkFindings } from './block-walk.ts';
import { type Finding, together } from './finding.ts';
import { type Group, type GroupChain, isAtRateOf } from './group-chain.ts';

/** What a person should know about a scanned WavPack file. `sampleRate`: Hz, of `first`, the chain's first group. */
export function scanWarnings(
  chain: GroupChain,
  first: Group,
  sampleRate: number,
  findings: WalkFindings,
  byteLength: number,
): SourceWarning[] {
  const { altered, change, damaged, joined, totalSamples } = chain;
  const playableSeconds = (totalSamples / sampleRate).toFixed(3);
  const warnings: SourceWarning[] = [];
  if (findings.junk !== undefined) {
    const message = `bytes that are not WavPack blocks were skipped in ${places(findings.junk)}; nothing needs to be done unless sound is missing there`;
    warnings.push({ code: 'junk_skipped', message });
  }
  const broken = together(together(findings.broken, altered), damaged);
  if (broken !== undefined) {
    const message = `blocks are damaged or missing in ${places(broken)}, so that sound is missing or wrong there; upload an intact copy to hear it`;
    warnings.push({ code: 'damaged_packets', message });
  }
  if (joined !== undefined) {
    const message = `the count of samples begins anew in ${places(joined)}: WavPack files were joined, and all of them are served as one; nothing needs to be done`;
    warnings.push({ code: 'links_joined', message });
  }
  if (change !== undefined) warnings.push(changeWarning(change, first, sampleRate, playableSeconds));
  if (findings.cutStartByte !== undefined) {
    const message = `the file ends at byte ${byteLength}, inside a block: it plays up to second ${playableSeconds}; upload the whole file`;
    warnings.push({ code: 'truncated', message });
  }
  const declared = first.header.blockIndex === 0 ? first.header.totalSamples : undefined;
  const explained = broken !== undefined || joined !== undefined || change !== undefined;
  const isWrong = declared !== undefined && declared !== totalSamples;
  if (isWrong && !explained && findings.cutStartByte === undefined) {
    warnings.push(totalWarning(declared, totalSamples, playableSeconds, byteLength));
  }
  return warnings;
}

/** A file that is cut between two blocks shows it in nothing but its total. */
function totalWarning(declared: number, found: number, playableSeconds: string, byteLength: number): SourceWarning {
  if (found < declared) {
    const message = `the file ends at byte ${byteLength} with ${found} of ${declared} samples: it plays up to second ${playableSeconds}; upload the whole file`;
    return { code: 'truncated', message };
  }
  const message = `the first block declares ${declared} samples, the blocks hold ${found}, which is what is served; nothing needs to be done unless the file ends in noise`;
  return { code: 'wrong_total', message };
}

function changeWarning(change: Group, first: Group, sampleRate: number, second: string): SourceWarning {
  const at = `at byte ${change.startByte}, second ${second}`;
  const remedy = 'the timeline ends there; cut the file at that byte, or convert it to one format, to have the rest';
  if (isAtRateOf(change, first)) {
    const difference = `from ${widthOf(first)} to ${widthOf(change)}`;
    return { code: 'bits_per_sample_change', message: `the audio changes ${difference} ${at}; ${remedy}` };
  }
  const was = `${sampleRate} Hz with ${first.channels} channels`;
  const is = `${change.header.sampleRate ?? 'another number of'} Hz with ${change.channels}`;
  return { code: 'sample_rate_change', message: `the audio changes from ${was} to ${is} ${at}; ${remedy}` };
}

function widthOf({ header }: Group): string {
  if (header.dsd) return 'one bit (DSD)';
  return `${header.bitsPerSample} bits per sample${header.float ? ' (float)' : ''}`;
}

function places({ count, startByte }: Finding): string {
  return `${count === 1 ? '1 place' : `${count} places`}, the first at byte ${startByte}`;
}
