import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseListedDevices } from '../../core/reading/listed-devices';
import type { ListedDevice } from '../../core/profile/schema';
import { runProgram } from '../exec';

/** Libraries of a driver are loaded and every card is asked: a second or two where many are. A plan, or a window, waits for it once. */
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 2 ** 16;

/**
 * The devices that a program of llama.cpp lists, in a process of its own, counted in PCI order as plans are; null where it does
 * not answer in time, fails, or says something else. Throws only AbortError.
 */
export async function listDevices(
  program: string,
  signal: AbortSignal,
): Promise<readonly ListedDevice[] | null> {
  const result = await runProgram(program, ['--list-devices'], {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    // without a debugger on itself where a driver makes it give up
    env: { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', GGML_NO_BACKTRACE: '1' },
    signal,
  });
  signal.throwIfAborted();
  return result.kind === 'exited' && result.code === 0 ? parseListedDevices(result.stdout) : null;
}

/** What changes with the program: its own file, and the folder in which its backends lie. Null where it cannot be looked at. */
export async function programIdentity(program: string): Promise<string | null> {
  try {
    const path = await realpath(program);
    const [file, folder] = await Promise.all([stat(path), stat(dirname(path))]);
    return [path, file.size, file.mtimeMs, folder.mtimeMs].join('|');
  } catch {
    return null;
  }
}
