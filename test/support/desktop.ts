import { _electron, type ElectronApplication } from 'playwright-core';
import { electronPath } from './programs';

/** Opens the built app in Electron, with a data folder of its own. */
export async function openDesktop(display: string, dataFolder: string): Promise<ElectronApplication> {
  return _electron.launch({
    executablePath: electronPath()!,
    args: ['--no-sandbox', '--disable-gpu', '.'],
    env: { ...(process.env as Record<string, string>), DISPLAY: display, PLIMSOLL_DATA_DIR: dataFolder },
  });
}
