import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseRuntimeVersion } from '../../core/receipt/runtime-version';
import { runProgram } from '../exec';
import { findProgram } from '../find-program';
import { RuntimeError } from './runtime-error';

export type RuntimeTool = 'llama-server' | 'llama-bench';

/** A program of llama.cpp on this machine. */
export interface Runtime {
  readonly tool: RuntimeTool;
  readonly path: string;
  /** As it names itself; null where it does not. */
  readonly version: string | null;
}

/** Loading its libraries over a slow network share takes seconds. */
const VERSION_TIMEOUT_MS = 20_000;

/**
 * The runtime of this name on PATH or in the folders where builds and packages put it, else at `path`; null where there is
 * none. Throws RuntimeError where it is there and is no program, or crashes or hangs where it is to tell its version.
 */
export async function findRuntime(
  tool: RuntimeTool,
  path: string | null,
  signal: AbortSignal,
): Promise<Runtime | null> {
  const found = await findProgram(path ?? tool, usualFolders());
  if (found === null && path !== null && (await isThere(path))) throw new RuntimeError('not-a-program', path);
  if (found === null) return null;
  const result = await runProgram(found, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS, signal });
  signal.throwIfAborted();
  if (result.kind === 'missing' || result.kind === 'denied') throw new RuntimeError('missing', found);
  if (result.kind === 'timeout') throw new RuntimeError('version-timeout', found, result.stderr.trim());
  if (result.kind === 'too-much-output') throw new RuntimeError('other-output', found);
  const text = `${result.stderr}\n${result.stdout}`;
  const version = parseRuntimeVersion(text);
  // An old llama-bench has no --version, says so and is none the worse for it; one that crashes is.
  if (version === null && result.kind !== 'exited') throw new RuntimeError('crashed', found, text.trim());
  return { tool, path: found, version };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The path of such a program, not started; null where there is none. */
export function findTool(tool: RuntimeTool): Promise<string | null> {
  return findProgram(tool, usualFolders());
}

function usualFolders(): readonly string[] {
  const home = homedir();
  if (process.platform === 'win32') {
    const local = process.env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    return [
      join(local, 'Microsoft', 'WinGet', 'Links'),
      join(local, 'Programs', 'llama.cpp'),
      'C:\\llama.cpp',
      join(home, 'llama.cpp', 'build', 'bin', 'Release'),
    ];
  }
  return [
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/home/linuxbrew/.linuxbrew/bin',
    '/opt/llama.cpp/bin',
    // The folder of the project's own container images.
    '/app',
    join(home, '.local', 'bin'),
    join(home, 'llama.cpp', 'build', 'bin'),
    join(home, 'src', 'llama.cpp', 'build', 'bin'),
  ];
}
