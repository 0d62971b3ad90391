import { assertNever } from '../../core/assert-never';
import { spreadOf } from '../../core/figure';
import { lastLines } from '../../core/receipt/runtime-failure';
import type { MeasuredSpeed } from '../../core/receipt/schema';
import {
  type EmbeddedMessage,
  type EmbeddedQuestion,
  parseEmbeddedMessage,
} from '../../core/runtime/embedded-messages';
import { KeptProcess } from '../run/kept-process';
import type { RunProgress, RunResult } from '../run/run-plan';
import { RuntimeError } from '../run/runtime-error';

export interface EmbeddedRun {
  /** The Node to run it in. */
  readonly node: string;
  /** The built file of `embedded-runner.ts`. */
  readonly runner: string;
  readonly question: EmbeddedQuestion;
  /** Added to the process's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly loadTimeMs: number;
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  readonly onProcess: (pid: number | null) => void;
  readonly beforeEnd: () => Promise<void>;
}

export interface EmbeddedRunResult extends RunResult {
  /** llama.cpp's release inside it; null where it ended before it said. */
  readonly release: string | null;
  /** Tokens of the context it made. */
  readonly context: number | null;
  /** Lines of llama.cpp about buffers. */
  readonly log: string;
}

/** Nobody waits longer. */
const RUN_TIMEOUT_MS = 30 * 60_000;

/** Runs a model on the embedded runtime, in a process of its own. Throws RuntimeError. */
export async function runEmbedded(run: EmbeddedRun): Promise<EmbeddedRunResult> {
  run.signal.throwIfAborted();
  const told = new Told(run);
  const child = new KeptProcess(run.node, [run.runner, JSON.stringify(run.question)], {
    env: run.env,
    onStdout: (text) => told.hear(text),
  });
  run.onProcess(child.pid);
  const stop = () => void child.stop();
  run.signal.addEventListener('abort', stop, { once: true });
  const timers = [
    setTimeout(() => told.late('load-timeout', `${Math.round(run.loadTimeMs / 1000)} s`), run.loadTimeMs),
    setTimeout(() => told.late('run-timeout', `${RUN_TIMEOUT_MS / 60_000} minutes`), RUN_TIMEOUT_MS),
  ];
  try {
    await Promise.race([told.over, child.ended]);
    run.signal.throwIfAborted();
    if (!told.measured) throw await explain(told, child);
    run.progress('stop', 'Ending the runtime', 0.97);
    await run.beforeEnd();
    return told.result();
  } finally {
    for (const timer of timers) clearTimeout(timer);
    run.signal.removeEventListener('abort', stop);
    await child.stop();
  }
}

async function explain(told: Told, child: KeptProcess): Promise<RuntimeError> {
  if (told.lateness !== null) return told.lateness;
  const { failure } = told;
  if (failure === null) {
    const { code, signal } = await child.ended;
    const how = signal === null ? `status ${code ?? 'unknown'}` : `signal ${signal}`;
    return new RuntimeError('crashed', how, lastLines(child.stderr));
  }
  return new RuntimeError(FAULTS[failure.doing], failure.message, lastLines(child.stderr));
}

const FAULTS = { start: 'crashed', load: 'model-not-loaded', run: 'other-output' } as const;

/** What the process has said so far. */
class Told {
  measured = false;
  failure: Extract<EmbeddedMessage, { kind: 'failed' }> | null = null;
  lateness: RuntimeError | null = null;
  /** Resolves when it has measured, failed, or is late. */
  readonly over: Promise<void>;
  #end: () => void = () => {};
  #rest = '';
  #loaded: Extract<EmbeddedMessage, { kind: 'loaded' }> | null = null;
  readonly #run: EmbeddedRun;
  readonly #log: string[] = [];
  readonly #notes: string[] = [];
  readonly #samples = new Map<string, { key: Omit<MeasuredSpeed, 'tok_s'>; values: number[] }>();

  constructor(run: EmbeddedRun) {
    this.#run = run;
    this.over = new Promise((resolve) => (this.#end = resolve));
  }

  hear(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const message = parseEmbeddedMessage(line);
      if (message !== null) this.#take(message);
    }
  }

  late(fault: 'load-timeout' | 'run-timeout', after: string): void {
    if (fault === 'load-timeout' && this.#loaded !== null) return;
    this.lateness = new RuntimeError(fault, after);
    this.#end();
  }

  result(): EmbeddedRunResult {
    const speeds = [...this.#samples.values()].flatMap(({ key, values }) => {
      const spread = spreadOf(values);
      return spread === null ? [] : [{ ...key, tok_s: spread }];
    });
    return {
      speeds,
      notes: this.#notes,
      release: this.#loaded?.release ?? null,
      context: this.#loaded?.context ?? null,
      log: this.#log.join('\n'),
    };
  }

  #take(message: EmbeddedMessage): void {
    switch (message.kind) {
      case 'log':
        this.#log.push(message.text);
        break;
      case 'step':
        this.#run.progress(message.step, message.label, message.fraction);
        break;
      case 'loaded':
        this.#loaded = message;
        break;
      case 'speed':
        this.#note(message);
        break;
      case 'note':
        this.#notes.push(message.text);
        break;
      case 'measured':
        this.measured = true;
        this.#end();
        break;
      case 'failed':
        this.failure = message;
        this.#end();
        break;
      default:
        assertNever(message);
    }
  }

  #note({ phase, depth, tokens, tok_s: speed }: Extract<EmbeddedMessage, { kind: 'speed' }>): void {
    const name = `${phase} ${depth} ${tokens}`;
    const entry = this.#samples.get(name) ?? { key: { phase, depth, tokens }, values: [] };
    entry.values.push(speed);
    this.#samples.set(name, entry);
  }
}
