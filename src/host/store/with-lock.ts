import { readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { isAlive } from '../is-alive';
import { StoreError, storeErrorOf } from './store-error';
import { makeFolder } from './make-folder';

/** A lock whose owner has not touched it for this long is free: longer than a machine under load may stall. */
const STALE_MS = 30_000;

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/**
 * Runs `run` while no other process runs under the same lock, and fails at once with StoreError `locked`, which names
 * the process, where one does. A lock left by a killed process is taken over.
 */
export async function withLock<T>(path: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const release = await acquire(path);
  try {
    signal.throwIfAborted();
    return await run();
  } finally {
    await letGo(path, release);
  }
}

async function letGo(path: string, release: () => Promise<void>): Promise<void> {
  await rm(ownerFile(path), { force: true }).catch(() => {});
  await release().catch(() => {});
}

async function acquire(path: string): Promise<() => Promise<void>> {
  try {
    await makeFolder(dirname(path));
    const release = await take(path);
    await nameOwner(path).catch(async (error: unknown) => {
      await letGo(path, release);
      throw error;
    });
    return release;
  } catch (error) {
    throw storeErrorOf(error, 'lock', path);
  }
}

function nameOwner(path: string): Promise<void> {
  return writeFile(ownerFile(path), JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner));
}

async function take(path: string): Promise<() => Promise<void>> {
  try {
    return await tryToTake(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
  }
  const owner = await readOwner(path);
  if (owner === null || owner.host !== hostname() || isAlive(owner.pid)) throw locked(path, owner);
  await rmdir(`${path}.lock`).catch(() => {});
  try {
    return await tryToTake(path);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ELOCKED' ? locked(path, null) : error;
  }
}

/** A lock that was lost (the machine slept) does no harm: what it guards is saved in one step. */
function tryToTake(path: string): Promise<() => Promise<void>> {
  return lock(path, { realpath: false, retries: 0, stale: STALE_MS, onCompromised: () => {} });
}

async function readOwner(path: string): Promise<Owner | null> {
  try {
    const owner = JSON.parse(await readFile(ownerFile(path), 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.host === 'string' ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

function ownerFile(path: string): string {
  return `${path}.lock-owner`;
}

function locked(path: string, owner: Owner | null): StoreError {
  const who = owner === null ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  const remedy = 'Wait until it is done, or end that process.';
  return new StoreError('locked', path, `${path} is in use by ${who}.`, remedy, owner?.pid ?? null);
}
