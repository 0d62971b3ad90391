import type { CommandOutput } from '../contract/commands';
import type { Finding } from '../core/finding';
import { findProgram } from '../host/find-program';
import { findOracle } from './oracle';

export interface SystemOptions {
  readonly version: string;
  readonly dataDirectory: string;
  readonly fileDialogs: boolean;
}

/** Who answers, and what it lacks here. */
export async function describeSystem(options: SystemOptions): Promise<CommandOutput<'system.describe'>> {
  return {
    version: options.version,
    os: process.platform,
    data_directory: options.dataDirectory,
    file_dialogs: options.fileDialogs,
    oracle: await findOracle(),
    findings: (await findProgram('fio')) === null ? [noFio(process.platform)] : [],
  };
}

function noFio(platform: string): Finding {
  return {
    severity: 'info',
    code: 'no-fio',
    path: null,
    message: 'fio is not installed, so disks are measured with a built-in reader.',
    remedy: installFio(platform),
  };
}

function installFio(platform: string): string {
  switch (platform) {
    case 'darwin':
      return 'Run `brew install fio`.';
    case 'win32':
      return 'Install it from https://github.com/axboe/fio/releases.';
    default:
      return 'Run `sudo apt-get install fio`, or your distribution’s own command for it.';
  }
}
