/** What one run of one pass gave. */
export interface DiskRun {
  readonly bytesPerSecond: number;
  readonly iops: number;
  readonly latencyMeanUs: number | null;
  readonly latencyP50Us: number | null;
  /** What the reader read. */
  readonly ioBytes: number;
  /** What the disks below read meanwhile; null where that cannot be told. */
  readonly deviceBytes: number | null;
  readonly runtimeMs: number;
}

export type RunVerdict =
  | { readonly kind: 'honest'; readonly ratio: number }
  /** No device counters here: nothing speaks against the figure, and nothing for it. */
  | { readonly kind: 'unchecked' }
  | { readonly kind: 'cached'; readonly reason: string }
  | { readonly kind: 'too-short'; readonly reason: string };

/** Below this share of device reads a cache answered. Honest runs gave 1.000 to 1.001, cached ones 0. */
const LEAST_RATIO = 0.95;
/** A run that ended before this share of its time measured something else than asked. */
const LEAST_RUNTIME = 0.9;

/** Whether the bytes of a run came from the disk: compares what was read with what the devices below delivered. */
export function judgeRun(run: DiskRun, askedSeconds: number): RunVerdict {
  if (run.runtimeMs < askedSeconds * 1000 * LEAST_RUNTIME) {
    return { kind: 'too-short', reason: `too-short: ended after ${run.runtimeMs} ms of ${askedSeconds} s` };
  }
  if (run.deviceBytes === null) return { kind: 'unchecked' };
  const ratio = run.deviceBytes / run.ioBytes;
  if (ratio >= LEAST_RATIO) return { kind: 'honest', ratio };
  const share = Math.round(ratio * 100);
  return { kind: 'cached', reason: `cached: ${share} % of what was read came from the disk` };
}
