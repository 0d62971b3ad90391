import type { Learnt } from '../../calibration/schema';
import type { Model } from '../../model/schema';
import type { Profile } from '../../profile/schema';
import type { FirstToken, Speed } from '../schema';
import { microBatchOf, type Settings } from '../settings';
import { linkRates, publishedRates } from './compute-rates';
import type { LinkRate, PublishedRate } from './compute-rates';
import { copySeconds, operationSeconds } from './costs';
import { areKnown, type UnknownTerms } from './decode-terms';
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

/**
 * Tokens a second of reading a prompt of `promptTokens`, and the time to the first token. The ceiling is what bandwidths and PCIe
 * allow; the forecast needs the arithmetic of every device that computes and is null, naming it, where neither receipts nor
 * (for a catalog's card) a published rate say anything of it.
 */
export function forecastPrompt(
  model: Model,
  profile: Profile,
  settings: Settings,
  promptTokens: number,
  learnt: Learnt | null = null,
): PromptForecast {
  const batches = microBatches(model, settings, promptTokens);
  if ('missing' in batches) return unknownPrompt(promptTokens, [batches.missing]);
  const machine = machineOf(profile, learnt);
  const missingOf = (find: (terms: PrefillTerms) => readonly string[]): readonly string[] => [
    ...new Set(batches.flatMap(({ terms }) => find(terms))),
  ];
  const total = (secondsOf: (terms: PrefillTerms) => number): number =>
    batches.reduce((sum, { terms, times }) => sum + times * secondsOf(terms), 0);
  const blind = missingOf((terms) => missingRates(terms, machine));
  if (blind.length > 0) return unknownPrompt(promptTokens, blind);
  const least = total((terms) => boundSeconds(terms, machine));
  if (least === 0) return unknownPrompt(promptTokens, ['/tensors']);
  const idle = missingOf((terms) => missingWork(terms, machine));
  if (idle.length > 0) return unknownPrompt(promptTokens, idle, least);
  const at = (end: keyof Range): number =>
    Math.max(
      least,
      total((terms) => secondsAt(terms, machine, end)),
    );
  return knownPrompt(
    promptTokens,
    least,
    { slow: at('slow'), expected: at('expected'), fast: at('fast') },
    learnt,
  );
}

function knownPrompt(
  promptTokens: number,
  least: number,
  seconds: Range,
  learnt: Learnt | null,
): PromptForecast {
  return {
    prefill: {
      ceiling_tok_s: promptTokens / least,
      forecast_tok_s: promptTokens / seconds.expected,
      low_tok_s: promptTokens / seconds.slow,
      high_tok_s: promptTokens / seconds.fast,
      basis: learnt === null ? 'assumed' : 'receipts',
      samples: learnt?.samples ?? 0,
      missing: [],
      depth: 0,
      receipts: [...(learnt?.receipts ?? [])],
      held: learnt?.held ?? null,
      step: learnt?.step ?? null,
    },
    firstToken: {
      prompt_tokens: promptTokens,
      least_s: least,
      low_s: seconds.fast,
      forecast_s: seconds.expected,
      high_s: seconds.slow,
      missing: [],
    },
  };
}

function unknownPrompt(
  promptTokens: number,
  missing: readonly string[],
  least: number | null = null,
): PromptForecast {
  const ceiling = least === null ? null : promptTokens / least;
  const unknown = { low_s: null, forecast_s: null, high_s: null };
  return {
    prefill: { ...unknownSpeed(missing), ceiling_tok_s: ceiling },
    firstToken: { prompt_tokens: promptTokens, least_s: least, ...unknown, missing: [...missing] },
  };
}

interface Machine {
  readonly rates: readonly Rate[];
  readonly links: readonly LinkRate[];
  readonly published: readonly PublishedRate[];
  readonly learnt: Learnt | null;
}

function machineOf(profile: Profile, learnt: Learnt | null): Machine {
  return { rates: ratesOf(profile), links: linkRates(profile), published: publishedRates(profile), learnt };
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
): readonly Batches[] | UnknownTerms {
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
  const fields: string[] = [];
  for (const { device } of reads) {
    const rate = rates.find((each) => each.device === device);
    if (rate === undefined || rate.bytesPerSecond === null) fields.push(rate?.field ?? '/hardware/gpus');
  }
  for (const { device } of copies) {
    const link = links.find((each) => each.device === device);
    if (link === undefined || link.bytesPerSecond === null) fields.push(link?.field ?? '/hardware/gpus');
  }
  return fields;
}

/** What stands for a device's arithmetic: no instrument of a profile measures it. */
function missingWork({ work }: PrefillTerms, { learnt, published }: Machine): readonly string[] {
  return work
    .filter((each) => operationSeconds(each, learnt, published) === null)
    .map(({ device }) => `/compute/${device}`);
}

/** Least time: the longest of what each device reads and of what is copied to it, all at once. */
function boundSeconds(terms: PrefillTerms, { rates, links }: Machine): number {
  // one that only attends to a cache reads no weights, and its bandwidth need not be known
  const reading = [...new Set(terms.reads.map(({ device }) => device))].map((device) => {
    const rate = rates.find((each) => each.device === device)!;
    return bytesRead(terms, device) / rate.bytesPerSecond!;
  });
  const copying = terms.copies.map(({ device, bytes }) => {
    const link = links.find((each) => each.device === device)!;
    return bytes / link.bytesPerSecond!;
  });
  return Math.max(0, ...reading, ...copying);
}

/**
 * One micro-batch. A device computes while it reads; at the fast end copies and all devices overlap too (a long prompt goes through
 * several devices as through a pipe), else each waits for the one before.
 */
function secondsAt(terms: PrefillTerms, machine: Machine, end: keyof Range): number {
  const each = devicesOf(terms).map((device) => {
    const busy = Math.max(
      workSeconds(terms, device, machine, end),
      readingSeconds(terms, device, machine, end),
    );
    const copied = copyingSeconds(terms, device, machine, end);
    return end === 'fast' ? Math.max(busy, copied) : busy + copied;
  });
  return end === 'fast' ? Math.max(...each) : each.reduce((sum, seconds) => sum + seconds, 0);
}

function devicesOf({ reads, work }: PrefillTerms): readonly string[] {
  return [...new Set([...reads, ...work].map(({ device }) => device))];
}

function bytesRead({ reads }: PrefillTerms, device: string): number {
  return reads.filter((read) => read.device === device).reduce((sum, { bytes }) => sum + bytes, 0);
}

function workSeconds(
  terms: PrefillTerms,
  device: string,
  { learnt, published }: Machine,
  end: keyof Range,
): number {
  return terms.work
    .filter((work) => work.device === device)
    .reduce(
      (sum, work) => sum + work.operations * (operationSeconds(work, learnt, published)?.[end] ?? 0),
      0,
    );
}

/** A long run of rows is read as evenly as decoding ever does. */
function readingSeconds(terms: PrefillTerms, device: string, { rates }: Machine, end: keyof Range): number {
  const rate = rates.find((each) => each.device === device)!;
  return terms.reads
    .filter((read) => read.device === device)
    .reduce((sum, read) => sum + read.bytes / (rate.bytesPerSecond! * priorShare(read, rate)[end]), 0);
}

function copyingSeconds(
  { copies }: PrefillTerms,
  device: string,
  { links, learnt }: Machine,
  end: keyof Range,
): number {
  const bytes = copies.find((copy) => copy.device === device)?.bytes ?? 0;
  return bytes === 0 ? 0 : bytes * (copySeconds(device, links, learnt)?.[end] ?? 0);
}
