import { join } from 'node:path';
import { app } from 'electron';

/** Folder of the built pages, which may lie inside the app's archive. */
export function pagesFolder(): string {
  return join(app.getAppPath(), 'out/renderer');
}

export function preloadPath(): string {
  return join(app.getAppPath(), 'out/preload/index.cjs');
}

/** The window's icon where the system does not take it from the program itself. */
export function iconPath(): string {
  return join(app.getAppPath(), 'resources/icon.png');
}

/** A built file that loads a native library is run from a real file: packed, both lie beside the archive. */
export function workerPath(name: 'memory-reader' | 'gpu-prober' | 'embedded-runner'): string {
  return join(app.getAppPath().replace(/app\.asar$/, 'app.asar.unpacked'), 'out/node', `${name}.cjs`);
}
