import type { Readable } from 'node:stream';
import { utilityProcess } from 'electron';
import type { ProcessStarter } from '../agent/agent';

/** A process of Electron's own that runs Node: the packed app's binary refuses to be started as Node itself. */
export const startUtilityProcess: ProcessStarter = (file, args) => {
  const child = utilityProcess.fork(file, [...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    serviceName: 'Plimsoll GPU prober',
  });
  return {
    get pid() {
      return child.pid ?? null;
    },
    stdout: child.stdout as Readable | null,
    kill() {
      // Its own kill asks politely, which a process that hangs in a driver does not hear.
      if (child.pid === undefined) child.kill();
      else killNow(child.pid);
    },
    onEnd(listener) {
      child.once('exit', (code) => listener({ kind: 'exited', code, signal: null }));
    },
    unref() {},
  };
};

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
