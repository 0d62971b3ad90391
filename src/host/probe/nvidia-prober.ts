import { collectAnswers, type NvidiaAnswers, type ProberEnding } from '../../core/reading/nvidia-answers';
import {
  parseMessage,
  PROTOCOL_VERSION,
  type ProberMessage,
  type ProberRequest,
} from '../../core/reading/nvidia-protocol';
import type { OwnProcess, ProcessStarter } from '../own-process';
import { hangingProcess, leaveBehind } from './driver-hang';

/** How the native prober is started. */
export interface GpuProber {
  /** Path of the built prober (`gpu-prober.cjs`). */
  readonly file: string;
  readonly start: ProcessStarter;
  /** Longest silence, and longest run; the defaults unless given. */
  readonly limits?: ProberLimits;
}

export interface ProberLimits {
  readonly silenceMs: number;
  readonly wholeMs: number;
}

export interface AskOptions {
  readonly measure: boolean;
  readonly pinBytes: number;
  readonly signal: AbortSignal;
  /** Hears what the prober is about to do. */
  readonly onStep: (name: string) => void;
}

/**
 * The slowest healthy step is 16 copies of 512 MiB over the narrowest links (0.5 GB/s: 17 s), or the driver waking up
 * eight cards without persistence. What is silent for longer hangs.
 */
const MEASURING: ProberLimits = { silenceMs: 30_000, wholeMs: 240_000 };
/** As for nvidia-smi, which asks the same. */
const LOOKING: ProberLimits = { silenceMs: 10_000, wholeMs: 20_000 };
/** A process in uninterruptible sleep outlives SIGKILL: after this it is left behind. */
const GIVE_UP_MS = 1000;
/** What was said before the end may still be in the pipe. */
const DRAIN_MS = 500;
/** Some 200 messages a card are said; more are not ours. */
const MAX_BYTES = 4 * 2 ** 20;
const MAX_MESSAGES = 20_000;

/**
 * Asks NVML and CUDA in a process of its own, which a driver that hangs or crashes may take down; its end frees all
 * device memory. Never rejects. While an earlier one hangs for good, none is started.
 */
export async function askNvidia(prober: GpuProber, options: AskOptions): Promise<NvidiaAnswers> {
  const limits = prober.limits ?? (options.measure ? MEASURING : LOOKING);
  if (hangingProcess() !== null) {
    return collectAnswers([], { kind: 'timeout', afterMs: limits.silenceMs, left: true }, options.measure);
  }
  const request: ProberRequest = {
    v: PROTOCOL_VERSION,
    measure: options.measure,
    pin_bytes: options.pinBytes,
  };
  const messages: ProberMessage[] = [];
  const ending = await new Conversation(
    () => prober.start(prober.file, [JSON.stringify(request)]),
    limits,
    options.signal,
    (message) => {
      messages.push(message);
      if (message.kind === 'step') options.onStep(message.name);
      return messages.length < MAX_MESSAGES;
    },
  ).ended;
  return collectAnswers(messages, ending, options.measure);
}

/** One process listened to until it ends, is too slow, says too much, or nobody wants to know any more. */
class Conversation {
  readonly ended: Promise<ProberEnding>;
  readonly #limits: ProberLimits;
  readonly #signal: AbortSignal;
  readonly #hear: (message: ProberMessage) => boolean;
  readonly #onAbort = () => this.#stop({ kind: 'cancelled' });
  readonly #decoder = new TextDecoder();
  #process: OwnProcess | null = null;
  #whole: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #giveUp: NodeJS.Timeout | undefined;
  #drain: NodeJS.Timeout | undefined;
  #line = '';
  #bytes = 0;
  #stopped: ProberEnding | null = null;
  #resolve: (ending: ProberEnding) => void = () => {};

  constructor(
    start: () => OwnProcess,
    limits: ProberLimits,
    signal: AbortSignal,
    hear: (message: ProberMessage) => boolean,
  ) {
    this.#limits = limits;
    this.#signal = signal;
    this.#hear = hear;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    if (signal.aborted) this.#resolve({ kind: 'cancelled' });
    else this.#begin(start);
  }

  #begin(start: () => OwnProcess): void {
    try {
      this.#process = start();
    } catch (error) {
      this.#resolve({ kind: 'not-started', message: error instanceof Error ? error.message : String(error) });
      return;
    }
    const { stdout } = this.#process;
    stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
    stdout?.on('error', () => {});
    this.#process.onEnd((end) => {
      if (end.kind === 'not-started' || stdout === null || stdout.readableEnded) return this.#settle(end);
      this.#drain = setTimeout(() => this.#settle(end), DRAIN_MS);
      stdout.once('end', () => this.#settle(end));
    });
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#whole = this.#timer(this.#limits.wholeMs);
    this.#silence = this.#timer(this.#limits.silenceMs);
  }

  #timer(afterMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#stop({ kind: 'timeout', afterMs, left: false }), afterMs);
  }

  #take(chunk: Buffer): void {
    this.#silence?.refresh();
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BYTES) return this.#stop({ kind: 'too-much-output' });
    const lines = (this.#line + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#line = lines.pop()!;
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === null) continue;
      if (!this.#hear(message)) return this.#stop({ kind: 'too-much-output' });
      if (message.kind === 'done' && this.#process?.lingers) this.#process.kill();
    }
  }

  #stop(ending: ProberEnding): void {
    if (this.#stopped !== null) return;
    this.#stopped = ending;
    this.#process?.kill();
    this.#giveUp = setTimeout(() => this.#leave(ending), GIVE_UP_MS);
  }

  /** It outlived SIGKILL. */
  #leave(ending: ProberEnding): void {
    leaveBehind(this.#process?.pid ?? null);
    this.#stopped = ending.kind === 'timeout' ? { ...ending, left: true } : ending;
    this.#settle(this.#stopped);
  }

  /** Why it was stopped counts more than how it then ended. */
  #settle(ending: ProberEnding): void {
    for (const timer of [this.#whole, this.#silence, this.#giveUp, this.#drain]) clearTimeout(timer);
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#process?.stdout?.destroy();
    this.#process?.unref();
    this.#resolve(this.#stopped ?? ending);
  }
}
