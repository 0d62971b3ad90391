import {
  fastest,
  gbpsOf,
  paysOff,
  type BandwidthSeries,
  type PageKind,
} from '../../core/reading/memory-bandwidth';
import type { BandwidthPlan } from '../../core/reading/memory-bandwidth-plan';
import type { ReaderCrew } from './bandwidth-crew';
import { readMethods, type PageWish, type PassMethod } from './memory-reader-protocol';

export interface Sweep {
  readonly series: readonly BandwidthSeries[];
  /** Copying with the threads and on the pages of the fastest reading; null where nothing was read. */
  readonly copy: BandwidthSeries | null;
  /** Why huge pages could not be asked for; null where they were. */
  readonly refusal: string | null;
}

export interface SweepOptions {
  readonly plan: BandwidthPlan & { kind: 'measure' };
  readonly quick: boolean;
  /** Whether to ask for huge pages, and in a whole measurement for small ones as well. */
  readonly hugePages: boolean;
  /** What backs `bytes` of the readers' memory now. */
  identifyPages(bytes: number): Promise<PageKind>;
  progress(label: string, fraction: number): void;
}

/** How long a pass takes at least, and until when there is time for more than the least number of them. */
interface Pace {
  readonly leastNs: number;
  readonly until: number;
}

type MutableSeries = BandwidthSeries & { gbps: number[] };

const passMethods: readonly PassMethod[] = [...readMethods, 'copy'];
/** Passes at each step of the sweep, and at the best one after it. */
const ROUNDS = { quick: { sweep: 3, best: 4 }, whole: { sweep: 5, best: 16 } };
/** The first lets V8 compile the WebAssembly loop anew, the second then tells how often to repeat. */
const WARM_UPS = 2;
/** On a machine that others keep busy passes take longer: from here on each series gets no more than two. */
const PATIENCE_MS = { quick: 1000, whole: 4500 };
const LEAST_ROUNDS = 2;
/** A shorter pass would be disturbed by its own start. */
const LEAST_PASS_NS = { quick: 10e6, whole: 20e6 };

const METHOD_NAMES: Readonly<Record<PassMethod, string>> = {
  memchr: 'memchr',
  simd: 'WASM SIMD sum',
  copy: 'Buffer.copy',
};

/** Reads with 1, 2, 4, … threads until more of them bring nothing, then longer at the best count, then on small pages for comparison. */
export async function sweepBandwidth(crew: ReaderCrew, options: SweepOptions): Promise<Sweep> {
  const { plan, quick } = options;
  const rounds = quick ? ROUNDS.quick : ROUNDS.whole;
  const pace: Pace = {
    leastNs: quick ? LEAST_PASS_NS.quick : LEAST_PASS_NS.whole,
    until: performance.now() + (quick ? PATIENCE_MS.quick : PATIENCE_MS.whole),
  };
  const wish: PageWish = options.hugePages ? 'huge' : 'default';
  const all: MutableSeries[][] = [];
  let refusal: string | null = null;
  let simd = true;
  for (const [step, threads] of plan.threadCounts.entries()) {
    options.progress(labelOf(threads), (step / plan.threadCounts.length) * 0.6);
    const bytes = plan.bytesPerThread(threads);
    const answers = await crew.grow(threads, bytes, wish);
    refusal ??= answers.find((answer) => answer.refusal !== null)?.refusal ?? null;
    simd &&= answers.every((answer) => answer.simd);
    const pages = await options.identifyPages(heldBytes(plan, threads));
    const current = openSeries(simd, pages, threads, bytes);
    await measure(crew, current, rounds.sweep, pace);
    const before = all.at(-1);
    all.push(current);
    if (before !== undefined && !paysOff(before, current)) break;
  }
  const best = fastest(all.flat());
  if (best === null) return { series: [], copy: null, refusal };
  options.progress(labelOf(best.threads), 0.7);
  await measure(
    crew,
    all.find((series) => series[0]!.threads === best.threads)!,
    rounds.best,
    pace,
  );
  options.progress('Copying memory', 0.8);
  const copy: MutableSeries = { ...best, method: METHOD_NAMES.copy, gbps: [] };
  await measure(crew, [copy], rounds.sweep, pace);
  if (quick || !options.hugePages || refusal !== null) return { series: all.flat(), copy, refusal };
  options.progress(`${labelOf(best.threads)}, small pages`, 0.85);
  return {
    series: [...all.flat(), ...(await compareSmallPages(crew, best, { simd, pace }, options))],
    copy,
    refusal,
  };
}

async function compareSmallPages(
  crew: ReaderCrew,
  best: BandwidthSeries,
  { simd, pace }: { readonly simd: boolean; readonly pace: Pace },
  options: SweepOptions,
): Promise<readonly BandwidthSeries[]> {
  await crew.renew(crew.size, 'small');
  const pages = await options.identifyPages(heldBytes(options.plan, crew.size));
  const series = openSeries(simd, pages, best.threads, best.bytesPerThread);
  await measure(crew, series, ROUNDS.whole.sweep, pace);
  return series;
}

function openSeries(
  simd: boolean,
  pages: PageKind,
  threads: number,
  bytesPerThread: number,
): MutableSeries[] {
  return readMethods
    .filter((method) => simd || method !== 'simd')
    .map((method) => ({ method: METHOD_NAMES[method], pages, threads, bytesPerThread, gbps: [] }));
}

/** Takes the methods in turn, so that what disturbs one disturbs the other. The first passes of each are discarded. */
async function measure(
  crew: ReaderCrew,
  series: readonly MutableSeries[],
  rounds: number,
  { leastNs, until }: Pace,
): Promise<void> {
  const repeats = new Map<MutableSeries, number>();
  for (let round = -WARM_UPS; round < rounds; round += 1) {
    if (round >= LEAST_ROUNDS && performance.now() > until) return;
    for (const one of series) {
      const gbps = await readOnce(crew, one, repeats.get(one) ?? 1);
      if (gbps === null) continue;
      if (round >= 0) one.gbps.push(gbps);
      else repeats.set(one, Math.ceil((leastNs * gbps) / (one.bytesPerThread * one.threads)));
    }
  }
}

async function readOnce(crew: ReaderCrew, series: BandwidthSeries, repeats: number): Promise<number | null> {
  const { threads, bytesPerThread } = series;
  const method = passMethods.find((candidate) => METHOD_NAMES[candidate] === series.method)!;
  const spans = await crew.read(threads, { method, bytes: bytesPerThread, repeats });
  return gbpsOf(spans, bytesPerThread * threads * repeats);
}

/** Memory of all readers together: each holds what it was given at the count where it joined. */
function heldBytes(plan: SweepOptions['plan'], threads: number): number {
  let held = 0;
  let before = 0;
  for (const count of plan.threadCounts) {
    if (count > threads) break;
    held += (count - before) * plan.bytesPerThread(count);
    before = count;
  }
  return held;
}

function labelOf(threads: number): string {
  return `Reading memory with ${threads} thread${threads === 1 ? '' : 's'}`;
}
