import { assertNever } from '../../core/assert-never';
import {
  availableEngines,
  effectiveDepth,
  enginesFor,
  fioArguments,
  oldestHonestFio,
  PASS_SHAPES,
  type DiskPass,
} from '../../core/reading/fio-arguments';
import {
  isOlder,
  parseFio,
  parseFioVersion,
  type FioFailureCode,
  type FioReading,
} from '../../core/reading/fio';
import { runProgram, type ProgramResult } from '../exec';
import type { TestFile } from './disk-file';
import type { DiskReader, ReaderFailure, ReaderResult, ReaderRun } from './disk-reader';

/** What a run may take beyond its time: starting, and draining 64 requests of a slow disk. */
const SPARE_MS = 30_000;
const QUESTION_MS = 10_000;

/** The fio of this machine and how to start it. */
export interface Fio {
  readonly version: string;
  /** Program and arguments that come before fio's own. */
  readonly command: readonly [string, ...string[]];
  readonly engineHelp: string;
}

export type FoundFio =
  | { readonly kind: 'found'; readonly fio: Fio }
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * Looks for a fio that measures honestly on this system. Where setpriv (util-linux) can, it is started so that the
 * kernel ends it together with this process.
 */
export async function findFio(signal: AbortSignal): Promise<FoundFio> {
  const bound: Fio['command'] = ['setpriv', '--pdeathsig', 'KILL', '--', 'fio'];
  for (const command of process.platform === 'linux' ? [bound, ['fio'] as const] : [['fio'] as const]) {
    const answer = await runFio(command, ['--version'], QUESTION_MS, signal);
    const version = answer.kind === 'exited' && answer.code === 0 ? parseFioVersion(answer.stdout) : null;
    if (version === null) continue;
    const oldest = oldestHonestFio(process.platform);
    if (isOlder(version, oldest)) {
      return { kind: 'unusable', reason: `too-old: fio ${version}, and ${oldest.join('.')} is needed here` };
    }
    const help = await runFio(command, ['--enghelp'], QUESTION_MS, signal);
    return { kind: 'found', fio: { version, command, engineHelp: 'stdout' in help ? help.stdout : '' } };
  }
  return { kind: 'unusable', reason: 'no-tool: fio is not installed' };
}

/** Reads the test file by fio, each pass with the first engine that works. */
export function fioReader(fio: Fio, file: TestFile): DiskReader {
  return {
    async warmUp(pass, seconds, signal) {
      const engines = availableEngines(fio.engineHelp, enginesFor(pass, process.platform));
      let failure = failed(fio, 'no-engine: fio has no I/O engine for this', true);
      for (const engine of engines) {
        const run = (duration: number, stop: AbortSignal) =>
          readOnce(fio, file, pass, engine, duration, stop);
        const result = await run(seconds, signal);
        if (result.kind === 'measured') {
          const conditions = conditionsOf(pass, engine);
          return { kind: 'ready', method: methodOf(fio, engine), conditions, run };
        }
        failure = result;
        if (!result.readerAtFault) break;
      }
      return failure;
    },
  };
}

async function readOnce(
  fio: Fio,
  file: TestFile,
  pass: DiskPass,
  engine: string,
  seconds: number,
  signal: AbortSignal,
): Promise<ReaderResult> {
  const args = fioArguments({ pass, engine, file: file.path, bytes: file.bytes, seconds });
  const result = await runFio(fio.command, args, seconds * 1000 + SPARE_MS, signal);
  signal.throwIfAborted();
  return resultOf(fio, result);
}

function resultOf(fio: Fio, result: ProgramResult): ReaderResult {
  switch (result.kind) {
    case 'exited': {
      const report = parseFio(result);
      if (report.kind === 'measured') return { kind: 'measured', run: runOf(report.reading) };
      if (report.code === 'interrupted') return failed(fio, `killed: ${report.evidence}`, false);
      const evidence = report.evidence === '' ? '' : ` (${report.evidence})`;
      return failed(fio, `${report.code}: ${report.message}${evidence}`, isReadersFault(report.code));
    }
    case 'killed':
      return failed(fio, `killed: fio was ended by ${result.signal}`, false);
    case 'timeout':
      return failed(fio, 'timeout: fio did not end in time', false);
    case 'cancelled':
      return failed(fio, 'cancelled: fio was stopped', false);
    case 'missing':
      return failed(fio, 'no-tool: fio is no longer there', true);
    case 'denied':
      return failed(fio, `permission: fio could not be started (${result.message})`, true);
    case 'too-much-output':
      return failed(fio, 'unreadable: fio printed without end', true);
    default:
      return assertNever(result);
  }
}

/** Whether another engine or reader may do better: not where the disk itself spoke. */
function isReadersFault(code: FioFailureCode): boolean {
  return code !== 'no-direct-io' && code !== 'no-space' && code !== 'read-only';
}

function runOf(reading: FioReading): ReaderRun {
  const { bytesPerSecond, iops, ioBytes, runtimeMs, latencyMeanNs, latencyP50Ns } = reading;
  return {
    bytesPerSecond,
    iops,
    ioBytes,
    runtimeMs,
    latencyMeanUs: latencyMeanNs === null ? null : latencyMeanNs / 1000,
    latencyP50Us: latencyP50Ns === null ? null : latencyP50Ns / 1000,
  };
}

function conditionsOf(pass: DiskPass, engine: string) {
  const { blockBytes, queueDepth } = PASS_SHAPES[pass];
  return {
    engine,
    block_kib: blockBytes / 1024,
    queue_depth: effectiveDepth(engine, queueDepth),
    direct: true,
  };
}

function methodOf(fio: Fio, engine: string): string {
  return `fio ${fio.version} ${engine}`;
}

function failed(fio: Fio, reason: string, readerAtFault: boolean): ReaderFailure {
  return { kind: 'failed', reason, method: `fio ${fio.version}`, readerAtFault };
}

/** Runs fio; a cancelled one is interrupted first, so that it can put away what it made. */
export function runFio(
  [program, ...before]: Fio['command'],
  args: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProgramResult> {
  return runProgram(program, [...before, ...args], { timeoutMs, signal, interruptFirst: true });
}
