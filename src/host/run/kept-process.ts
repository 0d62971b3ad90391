import { spawn, type ChildProcess } from 'node:child_process';
import type { ProgramEnd } from '../../core/receipt/runtime-failure';
import { signalTree } from '../signal-tree';
import { BoundedText } from './bounded-text';
import { WindowsGuard } from './windows-guard';

/** What a program gets to end politely before it is ended by force, unless the caller gives it more. */
const GRACE_MS = 3000;
/** A process in uninterruptible sleep outlives SIGKILL: after this it is left behind. */
const GIVE_UP_MS = 2000;
/** Pipes are drained for this long after a program's end: something else may still hold them. */
const DRAIN_MS = 300;
const MAX_CHARACTERS = 4 * 2 ** 20;

/**
 * Runs `"$@"` in this shell's place, and beside it a reader of the pipe on stdin, which ends when the process that started
 * all this has ended, however it did; then it kills the whole process group: program, its children, itself. The text is
 * constant; the program and its arguments are arguments of the shell.
 */
const KEEPER = [
  'exec 3<&0',
  '( trap "" INT TERM HUP; read -r line <&3; kill -KILL 0 ) >/dev/null 2>&1 &',
  'exec "$@" 3<&- </dev/null',
].join('\n');

export interface KeptOptions {
  /** Added to this process's environment, of which `LLAMA_ARG_…` and `LLAMA_API_KEY` are left out: they would change what is run. */
  readonly env: Readonly<Record<string, string>>;
  readonly onStdout?: (text: string) => void;
}

/**
 * A program that runs until it ends, is stopped, or this process ends: then it and its children are killed, however
 * this process ended. On Windows a guard does that, elsewhere a keeper in the program's process group.
 */
export class KeptProcess {
  /** Resolves when it has ended or was left behind; never rejects. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  /** The app in its package is not to be run as plain Node; there the runtime still ends with it, by libuv's job. */
  readonly #guard =
    process.platform === 'win32' && process.versions['electron'] === undefined ? new WindowsGuard() : null;
  readonly #stdout = new BoundedText(MAX_CHARACTERS);
  readonly #stderr = new BoundedText(MAX_CHARACTERS);
  #running = true;
  #stopping: Promise<void> | null = null;

  constructor(file: string, args: readonly string[], { env, onStdout }: KeptOptions) {
    this.#child = start(file, args, { ...inheritedEnvironment(), LC_ALL: 'C', ...env });
    if (this.#child.pid !== undefined) this.#guard?.watch(this.#child.pid);
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      const text = this.#stdout.add(chunk);
      onStdout?.(text);
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => void this.#stderr.add(chunk));
    for (const pipe of this.#child.stdio) pipe?.on('error', () => {});
    this.ended = this.#follow();
  }

  /** Null where it could not be started. */
  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  get running(): boolean {
    return this.#running;
  }

  get stdout(): string {
    return this.#stdout.toString();
  }

  get stderr(): string {
    return this.#stderr.toString();
  }

  /** Asks it to end, then ends it and its children by force. Resolves when all of it is gone, or cannot be ended. */
  stop(graceMs: number = GRACE_MS): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    if (!this.#running) return;
    this.#signal('SIGINT');
    if (await this.#endsWithin(graceMs)) return;
    this.#signal('SIGKILL');
    await this.#endsWithin(GIVE_UP_MS);
  }

  async #endsWithin(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), milliseconds)));
    const result = await Promise.race([this.ended.then(() => true), late]);
    clearTimeout(timer);
    return result;
  }

  /** To the whole group, so that children hear it too. */
  #signal(signal: 'SIGINT' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.#running) return;
    signalTree(pid, signal);
  }

  async #follow(): Promise<ProgramEnd> {
    const end = await new Promise<Omit<ProgramEnd, 'stderr'>>((resolve) => {
      this.#child.once('error', () => {
        if (this.#child.pid === undefined) resolve({ code: null, signal: null });
      });
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#running = false;
    // The keeper ends what is left of the group once the pipe is closed.
    this.#child.stdin?.destroy();
    this.#guard?.dismiss();
    await this.#drained();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    return { ...end, stderr: this.stderr };
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, DRAIN_MS);
      this.#child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform === 'win32') {
    return spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  }
  return spawn('/bin/sh', ['-c', KEEPER, 'plimsoll-keeper', file, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
}

function inheritedEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^LLAMA_(?:ARG_|API_KEY$)/i.test(name));
  return Object.fromEntries(kept);
}
