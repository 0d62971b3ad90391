import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** One of Plimsoll's built files running in a process of its own. */
export interface OwnProcess {
  /** Null until it runs, and where it never did. */
  readonly pid: number | null;
  readonly stdout: Readable | null;
  /** Whether it waits to be ended after its last word, since nothing of it is heard once it has exited. */
  readonly lingers: boolean;
  /** Ends it by force, at once. */
  kill(): void;
  /** Calls `listener` once, when the process has ended or could not be started. */
  onEnd(listener: (end: ProcessEnd) => void): void;
  /** Lets this process end while that one still runs. */
  unref(): void;
}

export type ProcessEnd =
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'not-started'; readonly message: string };

/** Starts `file`, a CommonJS file, with these arguments; its stdout is a pipe. Electron has its own way to do this. */
export type ProcessStarter = (file: string, args: readonly string[]) => OwnProcess;

/** A child process of this very Node. */
export const startChildProcess: ProcessStarter = (file, args) => {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  return {
    get pid() {
      return child.pid ?? null;
    },
    stdout: child.stdout,
    lingers: false,
    kill: () => void child.kill('SIGKILL'),
    onEnd(listener) {
      child.once('error', (error) => {
        if (child.pid === undefined) listener({ kind: 'not-started', message: error.message });
      });
      child.once('exit', (code, signal) => listener({ kind: 'exited', code, signal }));
    },
    unref: () => child.unref(),
  };
};
