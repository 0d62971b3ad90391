import type { DiskRefusal } from '../../core/reading/disk-refusals';

/** What an error of the filesystem means for a folder that was to be measured. */
export function refusalOfError(error: unknown, directory: string): DiskRefusal {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code ?? '') {
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        code: 'no-space',
        message: `The disk of ${directory} is full.`,
        remedy: 'Free space, or choose a folder on another disk.',
      };
    case 'EROFS':
      return {
        code: 'read-only',
        message: `${directory} is on a read-only filesystem.`,
        remedy: 'Choose a folder that can be written to.',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'permission',
        message: `${directory} may not be written to.`,
        remedy: 'Choose a folder of your own, or change its permissions.',
      };
    case 'ENOENT':
      return {
        code: 'not-found',
        message: `${directory} does not exist.`,
        remedy: 'Choose a folder that exists; none is made for a measurement.',
      };
    case 'ENOTDIR':
      return {
        code: 'not-a-folder',
        message: `${directory} is not a folder.`,
        remedy: 'Choose the folder that it lies in.',
      };
    default:
      return {
        code: 'io-error',
        message: `${directory} could not be used (${code ?? message}).`,
        remedy: 'Look at the system log for errors of the disk, or choose another folder.',
      };
  }
}
