import type { Conditions } from '../../core/figure';
import type { DiskRun } from '../../core/reading/disk-honesty';
import type { DiskPass } from '../../core/reading/fio-arguments';

/** A run without the disk's own counters, which the caller reads around it. */
export type ReaderRun = Omit<DiskRun, 'deviceBytes'>;

export interface ReaderFailure {
  readonly kind: 'failed';
  /** `code: explanation`. */
  readonly reason: string;
  readonly method: string;
  /** Whether another reader may fare better: not where something ended this one, or the disk failed. */
  readonly readerAtFault: boolean;
}

export type ReaderResult = { readonly kind: 'measured'; readonly run: ReaderRun } | ReaderFailure;

/** A reader that is warm for one pass. */
export interface WarmReader {
  readonly kind: 'ready';
  readonly method: string;
  readonly conditions: Conditions;
  run(seconds: number, signal: AbortSignal): Promise<ReaderResult>;
}

/** Something that reads the test file past the page cache and says how fast. Throws only when the signal is aborted. */
export interface DiskReader {
  /** Reads for `seconds` without counting, so that the first counted run finds queues and clocks at speed. */
  warmUp(pass: DiskPass, seconds: number, signal: AbortSignal): Promise<WarmReader | ReaderFailure>;
}

/** Tries each reader in turn for a pass, as long as it is the reader that fails. */
export function firstThatReads(readers: readonly DiskReader[]): DiskReader {
  return {
    async warmUp(pass, seconds, signal) {
      let first: ReaderFailure | null = null;
      for (const reader of readers) {
        const result = await reader.warmUp(pass, seconds, signal);
        if (result.kind === 'ready' || !result.readerAtFault) return result;
        first ??= result;
      }
      return (
        first ?? {
          kind: 'failed',
          reason: 'no-tool: fio is not installed',
          method: 'fio',
          readerAtFault: true,
        }
      );
    },
  };
}
