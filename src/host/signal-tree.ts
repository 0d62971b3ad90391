import { spawn } from 'node:child_process';

/**
 * Signals a process and what it has started. Elsewhere than on Windows it must lead a process group (`detached`); there `taskkill`
 * walks its children, by force only for SIGKILL. Never throws: what has ended meanwhile needs no signal.
 */
export function signalTree(pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    const force = signal === 'SIGKILL' ? ['/F'] : [];
    spawn('taskkill', ['/PID', String(pid), '/T', ...force], { stdio: 'ignore', windowsHide: true }).on(
      'error',
      () => signalOne(pid, signal),
    );
    return;
  }
  signalOne(-pid, signal);
}

function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
