import { homedir } from 'node:os';
import { kindOfPath } from '../host/read/look-at-path';
import { usualModelFolders } from '../host/read/model-folders';

/** A mount that containers are given for measuring. */
const BENCH_MOUNT = '/bench';
/** Ours first, then gpu-container's, so that its users need change nothing. */
const BENCH_VARIABLES = ['PLIMSOLL_BENCH_DIR', 'GPU_CONTAINER_BENCH_DIR'] as const;

/**
 * The folders whose disk to measure: those given, else the one that the environment names, else /bench, else the first
 * folder where models lie, since models are read from there, else the home folder.
 */
export async function diskDirectories(
  given: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly string[]> {
  if (given.length > 0) return given;
  const named = BENCH_VARIABLES.map((name) => environment[name]).find((path) => path);
  if (named !== undefined) return [named];
  for (const path of [BENCH_MOUNT, ...usualModelFolders(environment).map((folder) => folder.path)]) {
    if (await isFolder(path)) return [path];
  }
  return [homedir()];
}

/** The folder that would be measured, then every other one to choose from: where models lie, and the home folder. */
export async function offeredDirectories(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly string[]> {
  const offered = [...(await diskDirectories([], environment))];
  for (const { path } of usualModelFolders(environment)) if (await isFolder(path)) offered.push(path);
  return [...new Set([...offered, homedir()])];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await kindOfPath(path)) === 'folder';
  } catch {
    return false;
  }
}
