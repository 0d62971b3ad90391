import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'vite';
import type { ProbeContext } from '../../src/host/probe/context';
import { prepareDisk } from '../../src/host/probe/disk';
import { programOnPath } from '../support/programs';

/** One GiB and short runs: enough to tell right from wrong, not to tell how fast. */
export const SHORT = { largestFileGib: 1, runSeconds: 1, warmUpSeconds: 1, runs: 1, details: false };

/** Whether mounts can be made here. */
export const mayMount =
  process.platform === 'linux' && process.getuid?.() === 0 && programOnPath('mount') !== null;
export const hasFio = programOnPath('fio') !== null;

/** A folder whose disk can be measured here, of the system's temporary one and this one; null where neither can. */
export async function measurableFolder(): Promise<string | null> {
  for (const folder of [tmpdir(), process.cwd()]) {
    if ((await prepareDisk(folder, 1)).refused === null) return folder;
  }
  return null;
}

/** A new folder, the labels that a probe told so far, and the means to run and stop it. */
export class DiskTest {
  readonly directory: string;
  readonly labels: string[] = [];
  readonly fractions: number[] = [];
  readonly stop = new AbortController();
  onLabel: (label: string) => void = () => {};
  readonly context: ProbeContext = {
    now: () => new Date().toISOString(),
    signal: this.stop.signal,
    progress: (_step, label, fraction) => {
      this.labels.push(label);
      if (fraction !== null) this.fractions.push(fraction);
      this.onLabel(label);
    },
  };

  constructor(parent: string) {
    this.directory = mkdtempSync(join(parent, 'plimsoll-disk-'));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Test files that a process holds open, named or not. */
export function openTestFiles(pid: number | 'self'): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
      .map((fd) => targetOf(`/proc/${pid}/fd/${fd}`))
      .filter((target) => target.includes('.probe.tmp'));
  } catch {
    return [];
  }
}

/** Processes of fio that have a file of this process open: before that, fio would end by itself when the file goes. */
export function fioReadersOf(pid: number): readonly number[] {
  const file = `--filename=/proc/${pid}/fd/`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => commandLine(candidate).some((word) => word.startsWith(file)))
    .filter((candidate) => openTestFiles(candidate).length > 0);
}

/** Waits until `find` gives something other than null; fails after 20 s. */
export async function until<T>(find: () => T | null): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const found = find();
    if (found !== null) return found;
    await wait(50);
  }
  throw new Error('waited 20 s in vain');
}

/** Runs `mount`; the point is unmounted by `unmount`. */
export function mount(...args: string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

export function unmount(point: string): void {
  execFileSync('umount', [point], { stdio: 'pipe' });
}

/** The probe as a program of its own, to be killed: its path. Arguments: the folder. */
export async function buildProber(folder: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: 'test/integration/disk-prober.ts',
      outDir: folder,
      rollupOptions: { output: { format: 'cjs', entryFileNames: 'prober.cjs' } },
    },
  });
  return join(folder, 'prober.cjs');
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Where a link points; empty where it is gone meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
