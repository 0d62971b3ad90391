import { readFile } from 'node:fs/promises';
import { noMappedFigures, type MappedFigures } from '../../core/reading/disk-figures';
import type { DiskPlace } from '../../core/reading/disk-verdict';
import { bytesReadBetween } from '../../core/reading/diskstats';
import { parseFio } from '../../core/reading/fio';
import {
  faultArguments,
  mappedFigures,
  planFaults,
  type FaultPlan,
  type FaultRun,
} from '../../core/reading/mapped-faults';
import { KIB } from '../../core/units';
import type { ProbeContext } from './context';
import { deviceCounters } from './disk-devices';
import type { TestFile } from './disk-file';
import { runFio, type FoundFio } from './disk-fio';

/** The run ends itself after 4 s; the rest is for starting and for a disk that does not answer. */
const TIMEOUT_MS = 30_000;

/**
 * What a page fault on a mapped file costs, as weights that are paged in go that way. fio maps the file in a process of
 * its own: a disk that fails under a mapping ends the process that touches it. Linux only. Throws only the signal's reason.
 */
export async function measureFaults(
  context: ProbeContext,
  fio: FoundFio,
  target: { readonly place: DiskPlace; readonly file: TestFile; readonly runs: number },
): Promise<MappedFigures> {
  const { place, file, runs } = target;
  if (process.platform !== 'linux') return noMappedFigures('not-supported: measured on Linux only');
  if (fio.kind === 'unusable') return noMappedFigures(fio.reason, 'fio');
  const method = `fio ${fio.fio.version} mmap`;
  const plan = planFaults(file.bytes, await readAheadOf(place));
  if (plan === null) {
    return noMappedFigures('too-small: the read-ahead of this disk is too long for the test file', method);
  }
  const taken: FaultRun[] = [];
  while (taken.length < runs) {
    const run = await touchPages(context.signal, fio.fio, plan, { place, file });
    if ('reason' in run) return noMappedFigures(run.reason, method);
    taken.push(run);
  }
  return mappedFigures(plan, taken, method, context.now());
}

async function touchPages(
  signal: AbortSignal,
  { command }: Extract<FoundFio, { kind: 'found' }>['fio'],
  plan: FaultPlan,
  { place, file }: { readonly place: DiskPlace; readonly file: TestFile },
): Promise<FaultRun | { readonly reason: string }> {
  const before = await deviceCounters();
  const result = await runFio(command, faultArguments(plan, file.path, file.bytes), TIMEOUT_MS, signal);
  signal.throwIfAborted();
  if (result.kind !== 'exited') return { reason: `error: fio did not end by itself (${result.kind})` };
  const report = parseFio(result, 'mapped');
  if (report.kind === 'failed') return { reason: `${report.code}: ${report.message}` };
  const names = place.leaves.map(({ name }) => name);
  return { reading: report.reading, deviceBytes: bytesReadBetween(before, await deviceCounters(), names) };
}

/** The longest read-ahead of the disks below, in bytes; null where none says. */
async function readAheadOf({ leaves }: DiskPlace): Promise<number | null> {
  const texts = await Promise.all(
    leaves.map(({ disk }) => readFile(`/sys/block/${disk}/queue/read_ahead_kb`, 'utf8').catch(() => '')),
  );
  const sizes = texts.map((text) => (/^\d{1,9}$/.test(text.trim()) ? Number(text) * KIB : 0));
  const longest = Math.max(0, ...sizes);
  return longest === 0 ? null : longest;
}
