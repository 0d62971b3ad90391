import { readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  EMBEDDED_VERSION,
  type EmbeddedKind,
  type EmbeddedPackages,
} from '../../core/runtime/embedded-packages';
import type { Bytes } from '../../core/units';
import { runProgram } from '../exec';
import { findProgram } from '../find-program';
import {
  embeddedFolder,
  type InstalledRuntime,
  markerPath,
  type RuntimeMarker,
  stagingFolder,
} from './embedded-folder';
import { InstallError } from './install-error';

export interface InstallOptions {
  readonly dataDirectory: string;
  readonly kind: EmbeddedKind;
  readonly packages: EmbeddedPackages;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly signal: AbortSignal;
  /** Bytes on the disk so far. */
  readonly progress: (bytes: Bytes) => void;
}

/** A slow line brings 250 MB in this. */
const TIMEOUT_MS = 60 * 60_000;
const LOOK_MS = 500;

/**
 * Installs an embedded runtime with npm into the data folder: beside its place, then renamed, so that it is there whole or not at
 * all. Nothing of the packages is run (`--ignore-scripts`). Throws InstallError; the signal's reason where it was cancelled.
 */
export async function installEmbedded(options: InstallOptions): Promise<InstalledRuntime> {
  const npm = await findProgram('npm');
  if (npm === null) throw new InstallError('no-npm', 'npm is not on PATH.');
  const staging = await stagingFolder(options.dataDirectory, options.kind);
  try {
    await checkRoom(staging, options.packages.bytes);
    await install(npm, staging, options);
    return await keep(staging, options);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function checkRoom(folder: string, needed: Bytes | null): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (needed !== null && bavail * bsize < needed) {
    throw new InstallError(
      'no-room',
      `It needs ${needed} bytes, and ${bavail * bsize} are free in ${folder}.`,
    );
  }
}

async function install(npm: string, folder: string, options: InstallOptions): Promise<void> {
  // A project of its own: npm would look for one in the folders above, and keep what it installs there.
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const looking = setInterval(() => void bytesIn(folder).then(options.progress), LOOK_MS);
  try {
    const result = await runProgram(
      npm,
      ['install', ...flags, '--loglevel=error', ...options.packages.specs],
      {
        timeoutMs: TIMEOUT_MS,
        signal: options.signal,
        cwd: folder,
      },
    );
    options.signal.throwIfAborted();
    if (result.kind === 'missing' || result.kind === 'denied') {
      throw new InstallError('no-npm', `${npm} cannot be started.`);
    }
    if (result.kind !== 'exited') throw new InstallError('npm-failed', `npm ended by ${result.kind}.`);
    if (result.code !== 0) throw new InstallError('npm-failed', lastWords(result.stderr));
  } finally {
    clearInterval(looking);
  }
}

function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/complete log of this run/i.test(line));
  return lines.slice(0, 4).join('\n').slice(0, 1000) || 'npm failed without a word.';
}

async function keep(staging: string, options: InstallOptions): Promise<InstalledRuntime> {
  const { kind, created } = options;
  const folder = embeddedFolder(options.dataDirectory, kind);
  const marker: RuntimeMarker = { kind, version: EMBEDDED_VERSION, bytes: await bytesIn(staging), created };
  await rm(folder, { recursive: true, force: true });
  await writeFile(markerPath(staging), `${JSON.stringify(marker)}\n`);
  await rename(staging, folder);
  return { ...marker, folder };
}

/** Bytes of all files below; what vanishes meanwhile does not count. */
async function bytesIn(folder: string): Promise<Bytes> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return bytesIn(path);
      return stat(path).then(
        ({ size }) => size,
        () => 0,
      );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
