import { known, knownOr, missing, spreadOf, type Conditions, type Figure } from '../figure';
import type { DiskReading } from '../profile/readings';
import type { Disk } from '../profile/schema';
import { GB, MB, toGib, type Bytes } from '../units';
import type { DiskRun } from './disk-honesty';
import type { DiskRefusal } from './disk-refusals';
import { isVirtualised, type DiskPlace } from './disk-verdict';

/** All runs of one pass, or why there is no figure. */
export type PassOutcome =
  | {
      readonly kind: 'measured';
      readonly method: string;
      readonly conditions: Conditions;
      readonly runs: readonly DiskRun[];
    }
  | { readonly kind: 'missing'; readonly reason: string; readonly method: string | null };

export interface DiskOutcome {
  /** Null where no file was written. */
  readonly fileBytes: Bytes | null;
  readonly sequential: PassOutcome;
  readonly random: PassOutcome;
  /** Null where the details were not asked for. */
  readonly details: DiskDetails | null;
}

/** What people compare, and what paging costs. */
export interface DiskDetails {
  readonly seq1m: PassOutcome;
  readonly rnd4k: PassOutcome;
  readonly mapped: MappedFigures;
}

export type MappedFigures = Pick<DiskReading, 'mapped_rand_read_mbps' | 'mapped_fault_us'>;

const NOT_ASKED: PassOutcome = { kind: 'missing', reason: 'not-measured', method: null };

/** The disk record of a folder that was measured, as far as its passes gave figures; `at` is when. */
export function diskFigures(place: DiskPlace, outcome: DiskOutcome, at: string): DiskReading {
  const { fileBytes, sequential, random, details } = outcome;
  return {
    ...placeFigures(place, at),
    nvme_seq_read_gbps: figureOf(sequential, at, 3, ({ bytesPerSecond }) => bytesPerSecond / GB),
    nvme_rand_qd1_read_iops: figureOf(random, at, 1, ({ iops }) => iops),
    nvme_rand_qd1_read_mbps: figureOf(random, at, 2, ({ bytesPerSecond }) => bytesPerSecond / MB),
    nvme_rand_qd1_lat_us: figureOf(random, at, 2, ({ latencyMeanUs }) => latencyMeanUs),
    seq1m_q8_gbps: figureOf(details?.seq1m ?? NOT_ASKED, at, 3, ({ bytesPerSecond }) => bytesPerSecond / GB),
    rnd4k_q32_mbps: figureOf(details?.rnd4k ?? NOT_ASKED, at, 2, ({ bytesPerSecond }) => bytesPerSecond / MB),
    ...(details?.mapped ?? noMappedFigures('not-measured')),
    size_gib: fileBytes === null ? missing('not-measured') : known(toGib(fileBytes), { method: 'fstat', at }),
    refused: null,
  };
}

/** No figure of a mapped file, and why. */
export function noMappedFigures(reason: string, method: string | null = null): MappedFigures {
  const none = missing(reason, method);
  return { mapped_rand_read_mbps: none, mapped_fault_us: none };
}

/** The disk record of a folder that was not measured. */
export function refusedDisk(place: DiskPlace, refusal: DiskRefusal, at: string): DiskReading {
  const none = missing(reasonOf(refusal));
  return {
    ...placeFigures(place, at),
    nvme_seq_read_gbps: none,
    nvme_rand_qd1_read_iops: none,
    nvme_rand_qd1_read_mbps: none,
    nvme_rand_qd1_lat_us: none,
    seq1m_q8_gbps: none,
    rnd4k_q32_mbps: none,
    mapped_rand_read_mbps: none,
    mapped_fault_us: none,
    size_gib: none,
    refused: plainRefusal(refusal),
  };
}

/** A refusal as profiles keep it: what is so and what to do in one message. */
export function plainRefusal({ code, message, remedy }: DiskRefusal): NonNullable<Disk['refused']> {
  return { code, message: `${message} ${remedy}` };
}

function placeFigures(place: DiskPlace, at: string) {
  const mountTable = { method: '/proc/self/mountinfo', at };
  const devices = { method: '/sys/dev/block', at };
  const disks = [...new Set(place.leaves.map(({ disk }) => disk))].sort().join(',');
  return {
    directory: place.directory,
    mount: knownOr(place.mount, mountTable, 'not-supported: this system has no mount table to read'),
    fs_type: knownOr(place.fsType, mountTable, 'not-supported: this system does not tell the filesystem'),
    device: knownOr(disks === '' ? null : disks, devices, 'no-device: no block device below this folder'),
    virtualised: knownOr(isVirtualised(place.leaves), devices, 'no-device: no disk that tells its maker'),
  };
}

function reasonOf({ code, message }: DiskRefusal): string {
  return `${code === 'filesystem' || code === 'device' ? 'refused-filesystem' : code}: ${message}`;
}

function figureOf(
  outcome: PassOutcome,
  at: string,
  decimals: number,
  valueOf: (run: DiskRun) => number | null,
): Figure<number> {
  if (outcome.kind === 'missing') return missing(outcome.reason, outcome.method);
  const values = outcome.runs.flatMap((run) => valueOf(run) ?? []);
  const spread = spreadOf(values);
  if (spread === null) return missing('not-reported: the instrument gave no such figure', outcome.method);
  const round = (value: number) => Number(value.toFixed(decimals));
  const samples = {
    n: spread.n,
    min: round(spread.min),
    median: round(spread.median),
    max: round(spread.max),
  };
  const { method, conditions } = outcome;
  return known(samples.median, {
    method,
    at,
    conditions: { ...conditions, ...ratioOf(outcome.runs) },
    samples,
  });
}

/** The share of what was read that the disks delivered, over all runs: the proof that no cache answered. */
function ratioOf(runs: readonly DiskRun[]): Conditions {
  let [ioBytes, deviceBytes] = [0, 0];
  for (const run of runs) {
    if (run.deviceBytes === null) return { device_bytes_ratio: null };
    ioBytes += run.ioBytes;
    deviceBytes += run.deviceBytes;
  }
  return { device_bytes_ratio: Number((deviceBytes / ioBytes).toFixed(3)) };
}
