import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Path of a program on PATH, or null: what decides whether a test of a real program can run here. */
export function programOnPath(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (isExecutable(path)) return path;
  }
  return null;
}

/** A Chromium or Chrome for the browser tests. */
export function chromiumPath(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const path = programOnPath(name);
    if (path !== null) return path;
  }
  return null;
}

/** The Electron to test with: the runtime named in ELECTRON_OVERRIDE_DIST_PATH, else the package's own where it was fetched. */
export function electronPath(): string | null {
  for (const folder of [process.env['ELECTRON_OVERRIDE_DIST_PATH'], 'node_modules/electron/dist']) {
    if (folder && existsSync(join(folder, 'electron'))) return join(folder, 'electron');
  }
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
