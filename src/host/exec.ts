import { execa, type ExecaChildProcess, type ExecaReturnValue } from 'execa';
import { signalTree } from './signal-tree';

/** Enough for any instrument's report; a program that prints more is not one of ours. */
const DEFAULT_MAX_BYTES = 8 * 2 ** 20;
/** What a program gets to tidy up (fio removes its file) before it is ended by force. */
const GRACE_MS = 3000;
/** A process in uninterruptible sleep outlives SIGKILL: after this it is left behind. */
const GIVE_UP_MS = 1000;
/** A pipe can outlive its program in a grandchild's hands: after this its output so far is all there is. */
const DRAIN_MS = 500;

export interface ProgramOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Largest output that is taken, of stdout and stderr each. */
  readonly maxBytes?: number | undefined;
  /** Added to this process's environment; LC_ALL is `C` unless given. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Ask with SIGINT where SIGTERM would leave things lying about. */
  readonly interruptFirst?: boolean | undefined;
  readonly cwd?: string | undefined;
  /** Text for stdin, which is empty otherwise. */
  readonly input?: string | undefined;
  /** Hears stdout as it comes, in pieces that need not be lines. */
  readonly onStdout?: ((text: string) => void) | undefined;
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

interface Left {
  /** The process that outlived SIGKILL and was left behind; null where it ended. */
  readonly leftPid: number | null;
}

export type ProgramResult =
  | ({ readonly kind: 'exited'; readonly code: number } & Output)
  /** There is no such program, or no such folder to start it in. */
  | { readonly kind: 'missing' }
  /** It is there and could not be started: no permission, or not a program; `message` is the system's. */
  | { readonly kind: 'denied'; readonly message: string }
  | ({ readonly kind: 'timeout' } & Output & Left)
  | ({ readonly kind: 'cancelled' } & Output & Left)
  /** It ended by a signal that we did not send. */
  | ({ readonly kind: 'killed'; readonly signal: string } & Output)
  | { readonly kind: 'too-much-output' };

type StopReason = 'timeout' | 'cancelled' | 'too-much-output';
type Ending =
  | { readonly left: true; readonly pid: number | null }
  | { readonly left: false; readonly result: ExecaReturnValue };

/**
 * Runs a program to its end, without a shell. Never rejects. On timeout, cancellation or a flood of output the program
 * is asked to end, then killed; one that cannot die (D state) is left behind, so an answer always comes.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  if (options.signal?.aborted) return { kind: 'cancelled', stdout: '', stderr: '', leftPid: null };
  const child = execa(file, args, {
    buffer: false,
    reject: false,
    windowsHide: true,
    // A group of its own, so that a stop also reaches what a wrapper script has started.
    detached: process.platform !== 'win32',
    env: { LC_ALL: 'C', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const stopper = new Stopper(child, options);
  const stdout = collect(child.stdout, options, stopper);
  const stderr = collect(child.stderr, { ...options, onStdout: undefined }, stopper);
  try {
    const ended = child.then(endingOf, endingOf);
    const ending = await Promise.race([ended, stopper.gaveUp]);
    if (!ending.left) {
      stopper.finish();
      await drained(child);
    }
    return resultOf(ending, stopper.reason, { stdout: stdout(), stderr: stderr() });
  } finally {
    stopper.dispose();
    letGo(child);
  }
}

/** Also of an error: what could not even be spawned rejects whatever `reject` says. */
function endingOf(result: ExecaReturnValue): Ending {
  return { left: false, result };
}

function resultOf(ending: Ending, stopped: StopReason | null, output: Output): ProgramResult {
  if (stopped === 'too-much-output') return { kind: stopped };
  if (ending.left) return { kind: stopped ?? 'timeout', ...output, leftPid: ending.pid };
  if (stopped !== null) return { kind: stopped, ...output, leftPid: null };
  const { exitCode, signal } = ending.result;
  if (signal !== undefined) return { kind: 'killed', signal, ...output };
  if (exitCode !== undefined) return { kind: 'exited', code: exitCode, ...output };
  return failureToStart(ending.result);
}

function failureToStart(result: ExecaReturnValue): ProgramResult {
  const { code, originalMessage } = result as { code?: string; originalMessage?: string };
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
  return { kind: 'denied', message: originalMessage ?? code ?? 'the program could not be started' };
}

/** Ends a child for one reason: politely, then by force, then not at all. */
class Stopper {
  /** Why it was stopped; null while nobody asked. */
  reason: StopReason | null = null;
  readonly gaveUp: Promise<Ending>;
  readonly #child: ExecaChildProcess;
  readonly #options: ProgramOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = () => this.stop('cancelled');
  #giveUp: (ending: Ending) => void = () => {};

  constructor(child: ExecaChildProcess, options: ProgramOptions) {
    this.#child = child;
    this.#options = options;
    this.gaveUp = new Promise((resolve) => (this.#giveUp = resolve));
    this.#after(options.timeoutMs, () => this.stop('timeout'));
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  stop(reason: StopReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.#send(this.#options.interruptFirst ? 'SIGINT' : 'SIGTERM');
    this.#after(GRACE_MS, () => this.#send('SIGKILL'));
    this.#after(GRACE_MS + GIVE_UP_MS, () => this.#giveUp({ left: true, pid: this.#child.pid ?? null }));
  }

  /** Ends what a stopped program has left behind in its group. */
  finish(): void {
    if (this.reason !== null && process.platform !== 'win32') this.#send('SIGKILL');
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  #send(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid !== undefined) signalTree(pid, signal);
  }

  #after(milliseconds: number, run: () => void): void {
    this.#timers.push(setTimeout(run, milliseconds));
  }
}

/** Gathers a pipe's text up to the limit; past it the program is stopped. */
function collect(
  pipe: NodeJS.ReadableStream | null,
  { maxBytes = DEFAULT_MAX_BYTES, onStdout }: ProgramOptions,
  stopper: Stopper,
): () => string {
  const chunks: Buffer[] = [];
  const decoder = new TextDecoder();
  let bytes = 0;
  pipe?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) return stopper.stop('too-much-output');
    chunks.push(chunk);
    onStdout?.(decoder.decode(chunk, { stream: true }));
  });
  pipe?.on('error', () => {});
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Resolves when both pipes have closed, or a little later where something else still holds them. */
function drained(child: ExecaChildProcess): Promise<void> {
  const open = [child.stdout, child.stderr].filter((pipe) => pipe?.closed === false);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, open.length === 0 ? 0 : DRAIN_MS);
    let left = open.length;
    for (const pipe of open) {
      pipe!.once('close', () => {
        left -= 1;
        if (left > 0) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

function letGo(child: ExecaChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.stdin?.destroy();
  child.unref();
}
