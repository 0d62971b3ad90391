import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type ProgramResult } from '../exec';
import { findProgram } from '../find-program';
import { hangingProcess, leaveBehind } from './driver-hang';

/** A healthy nvidia-smi takes up to 3 s (eight cards, no persistence); a driver that hangs takes minutes. */
const TIMEOUT_MS = 10_000;

/** One at a time: a second one behind a driver that hangs would hang too. */
let queue: Promise<unknown> = Promise.resolve();

/** Path of nvidia-smi; null where there is none. WSL's is often not on PATH, Windows keeps it in several places. */
export async function findNvidiaSmi(): Promise<string | null> {
  return findProgram('nvidia-smi', await usualFolders());
}

/**
 * Runs nvidia-smi after the one before it has ended. While a process that asked the driver and could not be killed still
 * hangs, none is started and the answer is `timeout` at once.
 */
export function runNvidiaSmi(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramResult> {
  const result = queue.then(() => runNext(program, args, signal));
  queue = result;
  return result;
}

async function runNext(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramResult> {
  const hanging = hangingProcess();
  if (hanging !== null) return { kind: 'timeout', stdout: '', stderr: '', leftPid: hanging };
  const result = await runProgram(program, args, { timeoutMs: TIMEOUT_MS, signal });
  if (result.kind === 'timeout' || result.kind === 'cancelled') leaveBehind(result.leftPid);
  return result;
}

async function usualFolders(): Promise<readonly string[]> {
  if (process.platform !== 'win32') {
    return ['/usr/bin', '/usr/lib/wsl/lib', '/run/current-system/sw/bin', '/opt/bin'];
  }
  const windows = process.env['WINDIR'] ?? 'C:\\Windows';
  const programs = process.env['ProgramFiles'] ?? 'C:\\Program Files';
  const system = join(windows, 'System32');
  return [system, ...(await driverStore(system)), join(programs, 'NVIDIA Corporation', 'NVSMI')];
}

/** Folders of NVIDIA drivers in Windows' driver store, the newest first. */
async function driverStore(system: string): Promise<readonly string[]> {
  const store = join(system, 'DriverStore', 'FileRepository');
  try {
    const names = (await readdir(store)).filter((name) => /^nv/i.test(name)).slice(0, 500);
    const dated = await Promise.all(
      names.map(async (name) => ({ path: join(store, name), at: (await stat(join(store, name))).mtimeMs })),
    );
    return dated.sort((left, right) => right.at - left.at).map(({ path }) => path);
  } catch {
    return [];
  }
}
