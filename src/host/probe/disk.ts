import type { Finding } from '../../core/finding';
import type { DiskReading } from '../../core/profile/readings';
import { bytesReadBetween } from '../../core/reading/diskstats';
import {
  diskFigures,
  plainRefusal,
  refusedDisk,
  type DiskDetails,
  type PassOutcome,
} from '../../core/reading/disk-figures';
import { findingsOfPass, findingsOfPlace } from '../../core/reading/disk-findings';
import { judgeRun, type DiskRun } from '../../core/reading/disk-honesty';
import type { DiskRefusal } from '../../core/reading/disk-refusals';
import { judgePlace, type DiskPlace } from '../../core/reading/disk-verdict';
import { PASS_SHAPES, type DiskPass } from '../../core/reading/fio-arguments';
import { GIB, toGib, type Bytes } from '../../core/units';
import type { Probed, ProbeContext } from './context';
import { builtinReader } from './disk-builtin';
import { deviceCounters } from './disk-devices';
import { sweepStale, writeTestFile, type TestFile } from './disk-file';
import { findFio, fioReader, type FoundFio } from './disk-fio';
import { measureFaults } from './disk-mapped';
import { inspectPlace } from './disk-place';
import { firstThatReads, type DiskReader, type WarmReader } from './disk-reader';

export interface DiskProbeOptions {
  readonly directory: string;
  /** Largest file to write there. */
  readonly largestFileGib: number;
  /** Length of one counted run; with the defaults a whole probe takes 50 to 60 s on flash. */
  readonly runSeconds?: number;
  readonly warmUpSeconds?: number;
  /** Counted runs of each pass. */
  readonly runs?: number;
  /** Whether to measure the rows that people know and what paging costs as well; true where it is not given. */
  readonly details?: boolean;
}

/** What `probeDisk` would do to a folder. */
export interface DiskPlan {
  readonly directory: string;
  readonly mount: string | null;
  readonly fs_type: string | null;
  readonly free_bytes: Bytes | null;
  readonly file_bytes: Bytes | null;
  readonly refused: DiskReading['refused'];
}

const DEFAULT_LARGEST_GIB = 4;
const DEFAULT_TIMES = { runSeconds: 4, warmUpSeconds: 1, runs: 3, details: true };
/** Rows to compare with need no more. */
const DETAIL_SECONDS = 2;
/** Share of the progress bar that writing the file takes. */
const WRITING = 0.3;
const PASSES: readonly DiskPass[] = ['sequential', 'random'];
const DETAIL_PASSES: readonly DiskPass[] = ['seq1m-q8', 'rnd4k-q32'];
/** Share of the reading that the details take: 14 s of 40. */
const DETAILS = 0.35;

/** Tells what measuring a folder's disk would write, or why it would not be measured. Writes nothing. */
export async function prepareDisk(
  directory: string,
  largestFileGib = DEFAULT_LARGEST_GIB,
): Promise<DiskPlan> {
  const { place, fileBytes, refusal } = await judgeDirectory(directory, largestFileGib);
  return {
    directory: place.directory,
    mount: place.mount,
    fs_type: place.fsType,
    free_bytes: place.freeBytes,
    file_bytes: fileBytes,
    refused: refusal === null ? null : plainRefusal(refusal),
  };
}

/**
 * Measures how fast a folder's disk reads: writes one file of random content, reads it past every cache, gives the space
 * back. A figure is kept only where the disk's own counters bear it out. Throws only the signal's reason.
 */
export async function probeDisk(
  context: ProbeContext,
  options: DiskProbeOptions,
): Promise<Probed<DiskReading>> {
  const { place, fileBytes, refusal } = await judgeDirectory(options.directory, options.largestFileGib);
  if (fileBytes === null) return refused(context, place, refusal);
  const fio = await findFio(context.signal);
  context.signal.throwIfAborted();
  if (fio.kind === 'unusable' && process.platform !== 'linux') return unreadable(context, place, fio.reason);

  await sweepStale(place.directory);
  const label = `Writing ${toGib(fileBytes).toFixed(1)} GiB to ${place.directory}`;
  context.progress('disk', label, 0);
  const written = await writeTestFile(place.directory, fileBytes, {
    signal: context.signal,
    progress: (fraction) => context.progress('disk', label, fraction * WRITING),
  });
  if (written.kind === 'refused') return refused(context, place, written.refusal);
  try {
    const session = { context, place, file: written.file, reader: readerOf(fio, written.file) };
    return await measure({ ...session, ...DEFAULT_TIMES, ...options }, fio);
  } finally {
    await written.file.close();
  }
}

interface Session {
  readonly context: ProbeContext;
  readonly place: DiskPlace;
  readonly file: TestFile;
  readonly reader: DiskReader;
  readonly runSeconds: number;
  readonly warmUpSeconds: number;
  readonly runs: number;
  readonly details: boolean;
}

async function measure(session: Session, fio: FoundFio): Promise<Probed<DiskReading>> {
  const outcomes = [await measurePass(session, 'sequential'), await measurePass(session, 'random')] as const;
  const [sequential, random] = outcomes;
  const { context, place, file } = session;
  const details = session.details ? await measureDetails(session, fio) : null;
  const findings = [
    ...findingsOfPlace(place),
    ...findingsOfFio(fio),
    ...outcomes.flatMap((outcome, index) => findingsOfPass(PASSES[index]!, outcome, place.directory)),
  ];
  return {
    reading: diskFigures(place, { fileBytes: file.bytes, sequential, random, details }, context.now()),
    findings,
  };
}

/** Why one of these has no figure is told with the figure: it is no finding about the machine. */
async function measureDetails(session: Session, fio: FoundFio): Promise<DiskDetails> {
  const short = { ...session, runSeconds: Math.min(DETAIL_SECONDS, session.runSeconds) };
  const seq1m = await measurePass(short, 'seq1m-q8');
  const rnd4k = await measurePass(short, 'rnd4k-q32');
  session.context.progress('disk', 'Page faults on a mapped file', 0.97);
  return { seq1m, rnd4k, mapped: await measureFaults(session.context, fio, session) };
}

async function measurePass(session: Session, pass: DiskPass): Promise<PassOutcome> {
  const { context, reader, warmUpSeconds } = session;
  tell(session, pass, 0);
  const warm = await reader.warmUp(pass, warmUpSeconds, context.signal);
  if (warm.kind === 'failed') return { kind: 'missing', reason: warm.reason, method: warm.method };
  const { method } = warm;
  const runs: DiskRun[] = [];
  while (runs.length < session.runs) {
    tell(session, pass, runs.length + 1);
    const result = await checkedRun(session, warm);
    if (result.kind === 'failed') return { kind: 'missing', reason: result.reason, method };
    runs.push(result.run);
  }
  return {
    kind: 'measured',
    method,
    conditions: { ...warm.conditions, runtime_s: session.runSeconds, file_gib: toGib(session.file.bytes) },
    runs,
  };
}

type CheckedRun =
  | { readonly kind: 'measured'; readonly run: DiskRun }
  | { readonly kind: 'failed'; readonly reason: string };

/** One run between two looks at the disk's counters. */
async function checkedRun({ context, place, runSeconds }: Session, warm: WarmReader): Promise<CheckedRun> {
  const before = await deviceCounters();
  const result = await warm.run(runSeconds, context.signal);
  if (result.kind === 'failed') return result;
  const after = await deviceCounters();
  const names = place.leaves.map(({ name }) => name);
  const run = { ...result.run, deviceBytes: bytesReadBetween(before, after, names) };
  const verdict = judgeRun(run, runSeconds);
  return 'reason' in verdict ? { kind: 'failed', reason: verdict.reason } : { kind: 'measured', run };
}

/** Step 0 of a pass is its warm-up. */
function tell({ context, runs, details }: Session, pass: DiskPass, step: number): void {
  const isDetail = DETAIL_PASSES.includes(pass);
  const passes = isDetail ? DETAIL_PASSES : PASSES;
  const within = (passes.indexOf(pass) + step / (runs + 1)) / passes.length;
  const shareOfDetails = details ? DETAILS : 0;
  const done = isDetail ? 1 - shareOfDetails * (1 - within) : within * (1 - shareOfDetails);
  const name = PASS_SHAPES[pass].label;
  const doing = step === 0 ? 'warming up' : `run ${step} of ${runs}`;
  const label = `${name.charAt(0).toUpperCase()}${name.slice(1)}, ${doing}`;
  context.progress('disk', label, Math.min(0.97, WRITING + (1 - WRITING) * done));
}

function readerOf(fio: FoundFio, file: TestFile): DiskReader {
  const readers = fio.kind === 'found' ? [fioReader(fio.fio, file)] : [];
  return firstThatReads(process.platform === 'linux' ? [...readers, builtinReader(file)] : readers);
}

async function judgeDirectory(directory: string, largestFileGib: number) {
  const { place, refusal } = await inspectPlace(directory);
  const verdict =
    refusal === null ? judgePlace(place, largestFileGib * GIB) : { kind: 'refuse' as const, refusal };
  return verdict.kind === 'refuse'
    ? { place, fileBytes: null, refusal: verdict.refusal }
    : { place, fileBytes: verdict.fileBytes, refusal: null };
}

function refused(context: ProbeContext, place: DiskPlace, refusal: DiskRefusal): Probed<DiskReading> {
  const message = `The disk of ${place.directory} was not measured: ${refusal.message}`;
  const finding: Finding = {
    severity: 'warning',
    code: 'disk-refused',
    path: null,
    message,
    remedy: refusal.remedy,
  };
  return { reading: refusedDisk(place, refusal, context.now()), findings: [finding] };
}

/** No reader at all: nothing is written. */
function unreadable(context: ProbeContext, place: DiskPlace, reason: string): Probed<DiskReading> {
  const none: PassOutcome = { kind: 'missing', reason, method: null };
  const reading = diskFigures(
    place,
    { fileBytes: null, sequential: none, random: none, details: null },
    context.now(),
  );
  return { reading, findings: findingsOfPass('sequential', none, place.directory) };
}

function findingsOfFio(fio: FoundFio): readonly Finding[] {
  if (fio.kind === 'found') return [];
  const message = `The disk was read by the built-in reader, which keeps fewer reads in flight (${fio.reason}).`;
  return [
    { severity: 'info', code: 'disk-no-fio', path: null, message, remedy: 'Install fio 3.2 or later.' },
  ];
}
