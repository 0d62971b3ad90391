import { spreadOf, type Samples } from '../../core/figure';
import { gbpsOf } from '../../core/reading/memory-bandwidth';
import { planBandwidth } from '../../core/reading/memory-bandwidth-plan';
import { mayAdviseHugePages } from '../../core/reading/memory-pages';
import { gatherRoom, HUGE_PAGES_SETTING } from './bandwidth';
import { ReaderCrew } from './bandwidth-crew';
import { readSystemText } from './platform-files';

/** What a brief reading found. */
export interface BandwidthReading {
  /** Threads that read together. */
  readonly threads: number;
  /** 10^9 bytes a second of its passes. */
  readonly gbps: Samples;
}

export interface ReadingOptions {
  /** Path of the built worker (`memory-reader.cjs`). */
  readonly worker: string;
  /** Threads of the run that it stands beside; null for as many as may run at once. */
  readonly threads: number | null;
  readonly signal: AbortSignal;
}

/** The first touches every page and lets V8 compile. */
const WARM_UPS = 1;
const PASSES = 5;
/** Five of these are over in a fifth of a second, and each is long beside the start of its threads. */
const PASS_NS = 40e6;

/**
 * How fast memory can be read right now, in some 0.4 s: libc's memchr on the largest pages, with the threads of a run. Its memory
 * is given back before it answers. Null where memory is too little or cannot be read; throws only what the signal was aborted with.
 */
export async function readBandwidth(options: ReadingOptions): Promise<BandwidthReading | null> {
  const { worker, signal } = options;
  signal.throwIfAborted();
  const room = await gatherRoom(signal, { worker, quick: true, physicalCores: options.threads });
  const plan = planBandwidth(room);
  if (plan.kind === 'too-little-memory') return null;
  const threads = plan.threadCounts.at(-1)!;
  const crew = new ReaderCrew(worker, signal);
  try {
    const huge = mayAdviseHugePages((await readSystemText(HUGE_PAGES_SETTING)) ?? '');
    const bytes = plan.bytesPerThread(threads);
    await crew.grow(threads, bytes, huge ? 'huge' : 'default');
    const gbps = spreadOf(await passesOf(crew, threads, bytes));
    return gbps === null ? null : { threads, gbps };
  } catch {
    signal.throwIfAborted();
    return null;
  } finally {
    await crew.dismiss();
  }
}

async function passesOf(crew: ReaderCrew, threads: number, bytes: number): Promise<readonly number[]> {
  const passes: number[] = [];
  let repeats = 1;
  for (let pass = -WARM_UPS; pass < PASSES; pass++) {
    const spans = await crew.read(threads, { method: 'memchr', bytes, repeats });
    const gbps = gbpsOf(spans, bytes * threads * repeats);
    if (gbps === null) continue;
    if (pass >= 0) passes.push(gbps);
    else repeats = Math.ceil((PASS_NS * gbps) / (bytes * threads));
  }
  return passes;
}
