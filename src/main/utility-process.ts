import { PassThrough } from 'node:stream';
import { utilityProcess, type UtilityProcess } from 'electron';
import type { ProcessStarter } from '../agent/agent';

/** A process of Electron's own that runs Node: the packed app's binary refuses to be started as Node itself. */
export const startUtilityProcess: ProcessStarter = (file, args) => {
  const child = utilityProcess.fork(file, [...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    serviceName: 'Plimsoll GPU prober',
  });
  const stdout = new PassThrough();
  listen(child, stdout);
  return {
    get pid() {
      return child.pid ?? null;
    },
    stdout,
    lingers: true,
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

/**
 * Passes all output on, also what is still in the pipe when the process exits: Electron drops every listener then, right
 * after telling of the exit.
 */
function listen(child: UtilityProcess, to: PassThrough): void {
  const { stdout } = child;
  const attach = () => {
    stdout?.on('data', (chunk: Buffer) => to.write(chunk));
    stdout?.once('end', () => to.end());
  };
  attach();
  child.once('exit', () => process.nextTick(attach));
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
