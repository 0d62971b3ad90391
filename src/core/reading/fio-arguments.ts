import { assertNever } from '../assert-never';

/**
 * The two ways of reading that offloading cares about, streaming a model and fetching one expert or one page; and rows of
 * CrystalDiskMark and KDiskMark, to compare with (their RND4K Q1T1 is `random`).
 */
export type DiskPass = 'sequential' | 'random' | 'seq1m-q8' | 'rnd4k-q32';

export interface PassShape {
  readonly label: string;
  readonly order: 'sequential' | 'random';
  readonly blockBytes: number;
  readonly queueDepth: number;
}

/** The first two are gpu-container's, so that its figures and these compare. */
export const PASS_SHAPES: Readonly<Record<DiskPass, PassShape>> = {
  sequential: { label: 'sequential read', order: 'sequential', blockBytes: 256 * 1024, queueDepth: 64 },
  random: { label: 'random read', order: 'random', blockBytes: 4096, queueDepth: 1 },
  'seq1m-q8': { label: 'SEQ1M Q8T1 read', order: 'sequential', blockBytes: 1024 * 1024, queueDepth: 8 },
  'rnd4k-q32': { label: 'RND4K Q32T1 read', order: 'random', blockBytes: 4096, queueDepth: 32 },
};

export interface FioRun {
  readonly pass: DiskPass;
  readonly engine: string;
  /** The path of the test file, which exists and is full. */
  readonly file: string;
  readonly bytes: number;
  readonly seconds: number;
}

/** fio's command line for one run that reads past every cache it can reach and lays out nothing. */
export function fioArguments({ pass, engine, file, bytes, seconds }: FioRun): readonly string[] {
  const { order, blockBytes, queueDepth } = PASS_SHAPES[pass];
  return [
    '--name=plimsoll',
    `--filename=${escapeFileName(file)}`,
    `--size=${bytes}`,
    `--rw=${order === 'sequential' ? 'read' : 'randread'}`,
    `--bs=${blockBytes}`,
    `--iodepth=${queueDepth}`,
    '--numjobs=1',
    `--ioengine=${engine}`,
    '--direct=1',
    // A killed fio leaves its forked jobs reading; threads end with it.
    '--thread',
    '--randrepeat=0',
    '--invalidate=1',
    // Without it a missing file would be laid out, and folders made for it.
    '--allow_file_create=0',
    // Without it a fast disk ends when it has read the file once.
    '--time_based',
    `--runtime=${seconds}`,
    '--group_reporting',
    '--eta=never',
    '--output-format=json',
  ];
}

/** fio takes a colon for the end of one file name and the start of the next (Windows drives have one). */
export function escapeFileName(file: string): string {
  return file.replaceAll(':', '\\:');
}

/** I/O engines to try for a pass, best first. Windows and macOS lists are from fio's manual and were not run. */
export function enginesFor(pass: DiskPass, platform: string): readonly string[] {
  // Windows refuses unbuffered reads through the synchronous engines; direct reads on macOS are posixaio with F_NOCACHE.
  if (platform === 'win32') return ['windowsaio'];
  if (platform === 'darwin') return ['posixaio', 'psync'];
  switch (pass) {
    case 'rnd4k-q32':
      // A synchronous engine would keep one request in flight, and the row be another.
      return ['libaio', 'io_uring'];
    case 'sequential':
    case 'seq1m-q8':
      // io_uring is no faster for this and is often forbidden in containers.
      return ['libaio', 'io_uring', 'psync'];
    case 'random':
      // One system call a read: the least overhead at depth one.
      return ['psync', 'libaio', 'io_uring'];
    default:
      return assertNever(pass);
  }
}

/** Those of `wanted` that `fio --enghelp` lists, in the order wanted. */
export function availableEngines(engineHelp: string, wanted: readonly string[]): readonly string[] {
  const listed = new Set(engineHelp.split('\n').map((line) => line.trim()));
  return wanted.filter((engine) => listed.has(engine));
}

/** Requests that an engine keeps in flight: the synchronous ones wait for each, whatever is asked. */
export function effectiveDepth(engine: string, queueDepth: number): number {
  return /^(p|v|pv)?sync2?$/.test(engine) ? 1 : queueDepth;
}

/** Since 3.42 fio drops cached pages on macOS before it reads; earlier it measures memory there. */
export function oldestHonestFio(platform: string): readonly [number, number] {
  return platform === 'darwin' ? [3, 42] : [3, 2];
}
