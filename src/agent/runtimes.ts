import { join } from 'node:path';
import type { CommandOutput } from '../contract/commands';
import type { Task } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import {
  embeddedKindsFor,
  embeddedPackages,
  type EmbeddedKind,
  type EmbeddedPackages,
} from '../core/runtime/embedded-packages';
import { formatBytes } from '../core/report/format';
import { installedRuntimes, removeRuntime } from '../host/embedded/embedded-folder';
import { installEmbedded } from '../host/embedded/install-embedded';
import { InstallError, type InstallFault } from '../host/embedded/install-error';
import { storeErrorOf } from '../host/store/store-error';
import { withLock } from '../host/store/with-lock';
import { expectingProfileErrors } from './profile-errors';

/** Embedded runtimes that are installed, and those that could be. */
export async function listEmbedded(dataDirectory: string): Promise<CommandOutput<'runtime.list'>> {
  const offered = embeddedKindsFor(process.platform, process.arch).map((kind) => {
    const { specs, bytes } = packagesOf(kind);
    return { kind, packages: [...specs], bytes };
  });
  return { installed: [...(await installedRuntimes(dataDirectory))], offered };
}

/** Installs one kind with npm. Cancelled or failed, it leaves what was there before. Throws ExpectedError. */
export function installRuntime(
  kind: EmbeddedKind,
  task: Task,
  dataDirectory: string,
  created: string,
): Promise<CommandOutput<'runtime.install'>> {
  const packages = packagesOf(kind);
  const label = `Installing ${packages.specs.join(' and ')}`;
  return expectingInstallErrors(dataDirectory, async () => {
    task.progress({ step: 'install', label, fraction: 0 });
    const options = {
      dataDirectory,
      kind,
      packages,
      created,
      signal: task.signal,
      progress: (bytes: number) =>
        task.progress({
          step: 'install',
          label: `${label} (${formatBytes(bytes)} so far)`,
          fraction: packages.bytes === null ? null : Math.min(0.99, bytes / packages.bytes),
        }),
    };
    const lock = join(dataDirectory, `installing-${kind}`);
    return { runtime: await withLock(lock, task.signal, () => installEmbedded(options)) };
  });
}

/** Removes one kind. Throws ExpectedError where it cannot. */
export function removeEmbedded(
  kind: EmbeddedKind,
  dataDirectory: string,
): Promise<CommandOutput<'runtime.remove'>> {
  return expectingInstallErrors(dataDirectory, async () => ({
    removed: await removeRuntime(dataDirectory, kind),
  }));
}

function packagesOf(kind: EmbeddedKind): EmbeddedPackages {
  const packages = embeddedPackages(kind, process.platform, process.arch);
  if (packages !== null) return packages;
  const others = embeddedKindsFor(process.platform, process.arch);
  throw new ExpectedError(
    'runtime-not-offered',
    `There is no embedded runtime of the kind ${kind} for this system (${process.platform}, ${process.arch}).`,
    others.length === 0
      ? 'Install llama.cpp itself: plans run on its llama-server and llama-bench.'
      : `There are: ${others.join(', ')}.`,
  );
}

const REMEDIES: Readonly<Record<InstallFault, string>> = {
  'no-npm': 'Install Node 20 or later, which brings npm, or install llama.cpp itself.',
  'no-room': 'Free some space there, or set PLIMSOLL_DATA_DIR to a folder on another disk.',
  'npm-failed': 'Check the connection and npm’s settings (registry, proxy), then try again.',
};

async function expectingInstallErrors<T>(dataDirectory: string, run: () => Promise<T>): Promise<T> {
  return expectingProfileErrors(async () => {
    try {
      return await run();
    } catch (error) {
      if (error instanceof InstallError) {
        const message = `The runtime was not installed. ${error.message}`;
        throw new ExpectedError(`runtime-${error.fault}`, message, REMEDIES[error.fault]);
      }
      if (typeof (error as NodeJS.ErrnoException | null)?.code === 'string') {
        throw storeErrorOf(error, 'write below', dataDirectory);
      }
      throw error;
    }
  });
}
