import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readErrorOf, ReadError } from './read-error';

/** What lies at a path. */
export type PathKind = 'file' | 'folder' | 'other' | 'nothing';

/** What lies at `path`. Throws ReadError where that may not be known. */
export async function kindOfPath(path: string): Promise<PathKind> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) return 'folder';
    return info.isFile() ? 'file' : 'other';
  } catch (error) {
    const reason = readErrorOf(error, path);
    if (reason instanceof ReadError && ['not-found', 'failed'].includes(reason.reason)) return 'nothing';
    if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE') return 'nothing';
    throw reason;
  }
}

/** Names of what lies in a folder, sorted. Throws ReadError. */
export async function namesInFolder(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort();
  } catch (error) {
    throw readErrorOf(error, path);
  }
}

/** A path with a leading `~` replaced by the user's folder, as shells do and dialogs do not. */
export function expandHome(path: string): string {
  return /^~[/\\]/.test(path) ? join(homedir(), path.slice(2)) : path;
}
