import { known, spreadOf, type Samples } from '../figure';
import { KIB, MB, type Bytes } from '../units';
import { noMappedFigures, type MappedFigures } from './disk-figures';
import type { FioReading } from './fio';
import { escapeFileName } from './fio-arguments';

/** A page of x86-64 and of most ARM systems; where pages are larger, a touch still asks for this much. */
const PAGE: Bytes = 4096;
/** Each fault brings a whole read-ahead in, so that at most an eighth of the file is in memory when the run ends. */
const FILE_SHARE = 1 / 8;
/** Seldom a second on flash, and enough to average over. */
const MOST_TOUCHES = 2048;
/** Fewer would be an anecdote. */
const LEAST_TOUCHES = 16;
/** By the share above 6 % of the touches find their page in memory; many more mean that the cache was not emptied. */
const LEAST_FAULTING = 0.8;
/** What the kernel has where it does not say (Documentation/admin-guide/sysfs-block, VM_READAHEAD_PAGES). */
const DEFAULT_READ_AHEAD: Bytes = 128 * KIB;
/** A disk that takes 10 ms a fault would take 20 s for all of them. */
const MOST_SECONDS = 4;

export interface FaultPlan {
  readonly touches: number;
  readonly readAheadBytes: Bytes;
}

/** How many pages of a mapped file to touch at random; null where the read-ahead is too long for so small a file. */
export function planFaults(fileBytes: Bytes, readAheadBytes: Bytes | null): FaultPlan | null {
  const ahead = Math.max(PAGE, readAheadBytes ?? DEFAULT_READ_AHEAD);
  const touches = Math.min(MOST_TOUCHES, Math.floor((fileBytes * FILE_SHARE) / ahead));
  return touches < LEAST_TOUCHES ? null : { touches, readAheadBytes: ahead };
}

/** fio's command line for it: the file is dropped from memory first, and the kernel is given no hint how it is read. */
export function faultArguments(plan: FaultPlan, file: string, bytes: Bytes): readonly string[] {
  return [
    '--name=plimsoll',
    `--filename=${escapeFileName(file)}`,
    `--size=${bytes}`,
    `--io_size=${plan.touches * PAGE}`,
    '--rw=randread',
    `--bs=${PAGE}`,
    '--ioengine=mmap',
    '--fadvise_hint=0',
    '--invalidate=1',
    '--randrepeat=0',
    '--thread',
    '--allow_file_create=0',
    // A cap only: without time_based a run ends when it has touched all.
    `--runtime=${MOST_SECONDS}`,
    '--eta=never',
    '--output-format=json',
  ];
}

/** One run, with what the disks below read meanwhile; null where that cannot be told. */
export interface FaultRun {
  readonly reading: FioReading;
  readonly deviceBytes: number | null;
}

/** What single pages of a mapped file cost, by the mean of each run; or why that cannot be said. */
export function mappedFigures(
  plan: FaultPlan,
  runs: readonly FaultRun[],
  method: string,
  at: string,
): MappedFigures {
  const latencies: number[] = [];
  let [touches, faults, device] = [0, 0, 0];
  for (const { reading, deviceBytes } of runs) {
    if (reading.latencyMeanNs === null || reading.majorFaults === null) {
      return noMappedFigures('not-reported: fio gave no latency or no count of faults', method);
    }
    latencies.push(reading.latencyMeanNs / 1000);
    touches += reading.ioBytes / PAGE;
    faults += reading.majorFaults;
    device += deviceBytes ?? 0;
  }
  const spread = spreadOf(latencies);
  if (spread === null) return noMappedFigures('not-measured', method);
  if (faults < LEAST_FAULTING * touches) {
    const share = Math.round((100 * faults) / touches);
    return noMappedFigures(`cached: ${share} % of the pages that were touched came from the disk`, method);
  }
  const counted = runs.every(({ deviceBytes }) => deviceBytes !== null);
  const conditions = {
    touches_a_run: plan.touches,
    read_ahead_kib: plan.readAheadBytes / KIB,
    faulting_share: round(faults / touches, 3),
    device_bytes_ratio: counted ? round(device / (touches * PAGE), 1) : null,
  };
  const rate = (latencyUs: number) => PAGE / (latencyUs / 1e6) / MB;
  const rates: Samples = {
    n: spread.n,
    min: round(rate(spread.max), 3),
    median: round(rate(spread.median), 3),
    max: round(rate(spread.min), 3),
  };
  const times: Samples = {
    n: spread.n,
    min: round(spread.min, 1),
    median: round(spread.median, 1),
    max: round(spread.max, 1),
  };
  return {
    mapped_rand_read_mbps: known(rates.median, { method, at, conditions, samples: rates }),
    mapped_fault_us: known(times.median, { method, at, conditions, samples: times }),
  };
}

function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
