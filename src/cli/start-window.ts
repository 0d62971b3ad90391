import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../contract/errors';
import { exitStatus } from './exit-status';
import type { Terminal } from './terminal';

/** Where the binary lies in Electron's own folder. */
const BINARY = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' } as Readonly<
  Record<string, string>
>;

/** Chromium's own log, which tells of missing buses and cards on machines without them, is no use to anyone here. */
const QUIET = '--log-level=3';

/** Opens the window of the built app and waits until it is closed; answers its exit status. */
export async function startWindow(root: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const binary = findElectron(root, process.env);
  const sandbox = sandboxArguments();
  if (sandbox.note !== null) terminal.say(sandbox.note);
  const child = spawn(binary, [...sandbox.args, QUIET, root], { stdio: ['ignore', 'inherit', 'inherit'] });
  const stop = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(error.message)));
      child.once('exit', (code) =>
        resolve(signal.aborted ? exitStatus.interrupted : (code ?? exitStatus.failed)),
      );
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The Electron binary: the one in ELECTRON_OVERRIDE_DIST_PATH, else the package's own. */
export function findElectron(root: string, environment: NodeJS.ProcessEnv): string {
  const name = BINARY[process.platform] ?? 'electron';
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const folders = [...(override ? [override] : []), join(root, 'node_modules/electron/dist')];
  const binary = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (binary !== undefined) return binary;
  throw new ExpectedError(
    'no-electron',
    'The Electron binary that opens the window is not on this machine.',
    'Run `npx install-electron`, or use a browser: `plimsoll serve`.',
  );
}

/** Chromium refuses to start as root with its sandbox; the window shows only the program's own pages. */
function sandboxArguments(): { args: readonly string[]; note: string | null } {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  if (!root) return { args: [], note: null };
  return {
    args: ['--no-sandbox'],
    note: "The window runs without Chromium's sandbox, which does not run as root.",
  };
}

function notStarted(message: string): ExpectedError {
  return new ExpectedError(
    'not-started',
    `The window could not be started: ${message}.`,
    'Run `npx install-electron` again, or use a browser: `plimsoll serve`.',
  );
}
