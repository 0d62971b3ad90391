import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads the number of a process from stdin until that ends, which it does when the process that holds its other end has ended,
 * however it did; then ends the process of that number and its children. Where it has gone already, ends what it left behind:
 * processes that name it as their parent and began meanwhile, so that nobody else's are touched where the number is given again.
 */
const GUARD = `
const { spawnSync } = require('node:child_process');
const began = new Date().toISOString();
let pid = '';
const run = (file, args) => spawnSync(file, args, { stdio: 'ignore', windowsHide: true }).status === 0;
process.stdin.on('data', (text) => (pid += text)).on('error', () => {}).on('close', () => {
  if (pid === '' || run('taskkill', ['/PID', pid, '/T', '/F'])) return;
  const meanwhile = "$_.CreationDate -ge [datetime]'" + began + "' -and $_.CreationDate -le [datetime]'" + new Date().toISOString() + "'";
  run('powershell', ['-NoProfile', '-NonInteractive', '-Command',
    'Get-CimInstance Win32_Process -Filter "ParentProcessId=' + pid + '" | Where-Object { ' + meanwhile + ' }' +
    ' | ForEach-Object { taskkill /PID $_.ProcessId /T /F }']);
});
`;

/** A process that outlives this one by as much as it takes to end another and its children. */
export class WindowsGuard {
  readonly #process: ChildProcess;

  /** Detached, because libuv puts every other child into a job that Windows ends with this process. */
  constructor() {
    this.#process = spawn(process.execPath, ['-e', GUARD], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      windowsHide: true,
    });
    this.#process.on('error', () => {});
    this.#process.stdin?.on('error', () => {});
    this.#process.unref();
  }

  /** Tells which process it is for. The guard is there before that process is, so that there is no time without it. */
  watch(pid: number): void {
    this.#process.stdin?.write(String(pid));
  }

  /** Ends the guard, which then ends nothing: its process has ended, and the number may be given again. */
  dismiss(): void {
    this.#process.kill('SIGKILL');
  }
}
