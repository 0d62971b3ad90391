import type { Model } from '../../model/schema';
import type { Profile } from '../../profile/schema';
import type { FirstToken, Speed } from '../schema';
import { microBatchOf, type Settings } from '../settings';
import { sumReads } from './ceiling';
import { type ComputeRate, type LinkRate, linkRates } from './compute-rates';
import { areKnown } from './decode-terms';
import { prefillTerms } from './prefill-terms';
import { priorShare, type Range } from './prior';
import { type Rate, ratesOf } from './rates';
import type { PrefillTerms } from './schema';
import { unknownSpeed } from './unknown-speed';

/** Reading a prompt from an empty context. */
export interface PromptForecast {
  readonly prefill: Speed;
  readonly firstToken: FirstToken;
}

/** What stands for a device's arithmetic in `missing`: no instrument of a profile measures it. */
export function unmeasuredCompute(device: string): string {
  return device === 'host'
    ? 'how fast the processor computes: measure a prompt with `plimsoll trial`'
    : `how fast ${device} computes: measure a prompt with \`plimsoll trial\``;
}

/**
 * Share of the measured rate at which host weights are copied: the measurement is from pinned memory, a mapped file is not
 * pinned and is staged by the driver, at about half of it (recalled, unverified), at worst at a quarter.
 */
const COPY_SHARE: Range = { slow: 0.25, expected: 0.5, fast: 1 };

/**
 * Tokens a second of reading a prompt of `promptTokens`, and the time to the first token. The ceiling is what bandwidths and PCIe
 * allow; the forecast needs the arithmetic of every device that computes and is null, naming it, where that is not known.
 */
export function forecastPrompt(
  model: Model,
  profile: Profile,
  settings: Settings,
  promptTokens: number,
  computes: readonly ComputeRate[],
): PromptForecast {
  const batches = microBatches(model, settings, promptTokens);
  if ('missing' in batches) return unknownPrompt(promptTokens, [batches.missing]);
  const machine: Machine = { rates: ratesOf(profile), links: linkRates(profile), computes };
  const blind = [...new Set(batches.flatMap(({ terms }) => missingRates(terms, machine)))];
  if (blind.length > 0) return unknownPrompt(promptTokens, blind);
  const total = (secondsOf: (terms: PrefillTerms) => number): number =>
    batches.reduce((sum, { terms, times }) => sum + times * secondsOf(terms), 0);
  const least = total((terms) => boundSeconds(terms, machine));
  if (least === 0) return unknownPrompt(promptTokens, ['/tensors']);
  const idle = [...new Set(batches.flatMap(({ terms }) => missingComputes(terms, machine)))];
  if (idle.length > 0) return unknownPrompt(promptTokens, idle, least);
  const at = (end: keyof Range): number => total((terms) => secondsAt(terms, machine, end));
  const basis = computes.every((compute) => compute.basis === 'receipts') ? 'receipts' : 'assumed';
  const receipts = [...new Set(computes.flatMap((compute) => compute.receipts))];
  const [low, expected, high] = [at('fast'), at('expected'), at('slow')];
  return {
    prefill: {
      ceiling_tok_s: promptTokens / least,
      forecast_tok_s: promptTokens / expected,
      low_tok_s: promptTokens / high,
      high_tok_s: promptTokens / low,
      basis,
      samples: receipts.length,
      receipts,
      depth: 0,
      missing: [],
    },
    firstToken: {
      prompt_tokens: promptTokens,
      least_s: least,
      low_s: low,
      forecast_s: expected,
      high_s: high,
      missing: [],
    },
  };
}

function unknownPrompt(
  promptTokens: number,
  missing: readonly string[],
  least: number | null = null,
): PromptForecast {
  return {
    prefill: { ...unknownSpeed(missing), ceiling_tok_s: least === null ? null : promptTokens / least },
    firstToken: {
      prompt_tokens: promptTokens,
      least_s: least,
      low_s: null,
      forecast_s: null,
      high_s: null,
      missing: [...missing],
    },
  };
}

interface Machine {
  readonly rates: readonly Rate[];
  readonly links: readonly LinkRate[];
  readonly computes: readonly ComputeRate[];
}

interface Batches {
  readonly terms: PrefillTerms;
  readonly times: number;
}

/** The full micro-batches, all as the one in the middle (what is before them grows evenly), and the rest. */
function microBatches(
  model: Model,
  settings: Settings,
  promptTokens: number,
): readonly Batches[] | { readonly missing: string } {
  const size = microBatchOf(settings);
  const full = Math.floor(promptTokens / size);
  const rest = promptTokens - full * size;
  const batches: Batches[] = [];
  for (const [tokens, times, depth] of [
    [size, full, Math.round(((full - 1) * size) / 2)],
    [rest, 1, full * size],
  ] as const) {
    if (tokens === 0 || times === 0) continue;
    const terms = prefillTerms(model, settings, tokens, depth);
    if (!areKnown(terms)) return terms;
    batches.push({ terms, times });
  }
  return batches;
}

function missingRates({ reads, copies }: PrefillTerms, { rates, links }: Machine): readonly string[] {
  const memory = sumReads(reads, rates, () => 1);
  const slow = copies
    .map(({ device }) => links.find((link) => link.device === device))
    .filter((link) => link?.bytesPerSecond === null)
    .map((link) => link!.field);
  return [...(memory.kind === 'unknown' ? memory.missing : []), ...slow];
}

function missingComputes({ work }: PrefillTerms, { computes }: Machine): readonly string[] {
  return work
    .filter(({ device }) => !computes.some((compute) => compute.device === device))
    .map(({ device }) => unmeasuredCompute(device));
}

/** Least time: the longest of what each device reads and what is copied to it, all at once. */
function boundSeconds(terms: PrefillTerms, machine: Machine): number {
  return Math.max(
    ...devicesOf(terms).flatMap((device) => [
      readSeconds(terms, device, machine, 'fast', true),
      copySeconds(terms, device, machine),
    ]),
  );
}

/** One micro-batch. At the fast end copies and devices overlap; else each waits for the one before. */
function secondsAt(terms: PrefillTerms, machine: Machine, end: keyof Range): number {
  const each = devicesOf(terms).map((device) => {
    const busy = Math.max(
      workSeconds(terms, device, machine, end),
      readSeconds(terms, device, machine, end, false),
    );
    const copied = copySeconds(terms, device, machine) / COPY_SHARE[end];
    return end === 'fast' ? Math.max(busy, copied) : busy + copied;
  });
  return end === 'fast' ? Math.max(...each) : each.reduce((sum, seconds) => sum + seconds, 0);
}

function devicesOf({ reads, work }: PrefillTerms): readonly string[] {
  return [...new Set([...reads, ...work].map(({ device }) => device))];
}

function workSeconds(terms: PrefillTerms, device: string, machine: Machine, end: keyof Range): number {
  const operations = terms.work
    .filter((work) => work.device === device)
    .reduce((sum, work) => sum + work.operations, 0);
  const rate = machine.computes.find((compute) => compute.device === device);
  return rate === undefined ? 0 : operations / rate.operations[end];
}

function readSeconds(
  terms: PrefillTerms,
  device: string,
  { rates }: Machine,
  end: keyof Range,
  whole: boolean,
): number {
  const rate = rates.find((each) => each.device === device);
  const reads = terms.reads.filter((read) => read.device === device);
  const seconds = sumReads(reads, rates, (read) => (whole ? 1 : priorShare(read, rate)[end]));
  return seconds.kind === 'known' ? seconds.seconds : 0;
}

function copySeconds(terms: PrefillTerms, device: string, { links }: Machine): number {
  const bytes = terms.copies.find((copy) => copy.device === device)?.bytes ?? 0;
  const rate = links.find((link) => link.device === device)?.bytesPerSecond ?? null;
  return bytes === 0 || rate === null ? 0 : bytes / rate;
}
