import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** What Windows runs where PATHEXT does not say. */
const DEFAULT_PATHEXT = '.COM;.EXE;.BAT;.CMD';

/**
 * The path of the first program of this name in PATH, then in `extraFolders`; null where there is none. A name that is
 * an absolute path is only checked. Never looks in the current folder unless PATH names it.
 */
export async function findProgram(
  name: string,
  extraFolders: readonly string[] = [],
): Promise<string | null> {
  const folders = isAbsolute(name) ? [''] : [...foldersOfPath(), ...extraFolders];
  for (const folder of folders) {
    for (const ending of endings(name)) {
      const candidate = folder === '' ? name + ending : join(folder, name + ending);
      if (await isProgram(candidate)) return candidate;
    }
  }
  return null;
}

function foldersOfPath(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
}

function endings(name: string): readonly string[] {
  if (process.platform !== 'win32') return [''];
  const known = (process.env['PATHEXT'] ?? DEFAULT_PATHEXT).split(';').filter((ending) => ending !== '');
  const hasOne = known.some((ending) => name.toLowerCase().endsWith(ending.toLowerCase()));
  return hasOne ? [''] : known;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isFile()) return false;
    await access(path, process.platform === 'win32' ? constants.F_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
