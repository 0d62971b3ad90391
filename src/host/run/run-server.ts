import type { MeasuredSpeed } from '../../core/receipt/schema';
import { diagnose, lastLines } from '../../core/receipt/runtime-failure';
import { askServer } from './ask-server';
import { freePort } from './free-port';
import { KeptProcess } from './kept-process';
import { measureServer } from './measure-server';
import type { RunPlan, RunProgress, RunResult } from './run-plan';
import { RuntimeError } from './runtime-error';

export interface ProgramRun {
  /** Path of the program. */
  readonly program: string;
  /** The plan's arguments. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly plan: RunPlan;
  readonly signal: AbortSignal;
  readonly progress: RunProgress;
  /** Is told which process to watch. */
  readonly onProcess: (pid: number | null) => void;
  /** Is told every speed as soon as it is known, for a run that is ended before it is done. */
  readonly onSpeeds?: (speeds: readonly MeasuredSpeed[]) => void;
  /** Is called before a process is ended, while its memory can still be read. */
  readonly beforeEnd: () => Promise<void>;
  /** Is waited for between two repetitions, while the runtime is idle. */
  readonly between?: () => Promise<void>;
}

export interface ServerRunResult extends RunResult {
  /** What was added to the plan's arguments is in it. */
  readonly argv: readonly string[];
  /** Everything it printed, with the memory breakdown of its end. */
  readonly log: string;
}

/** How often a server that loads is asked whether it is ready. */
const HEALTH_INTERVAL_MS = 150;
/** Another program took the free port in between: rare, and not twice in a row by chance. */
const PORT_ATTEMPTS = 3;

/** A large model takes its time to be given back, and what the server says last is the breakdown of its memory. */
const LAST_WORDS_MS = 20_000;

/** Starts llama-server with a plan's flags on a free loopback port, measures, and ends it. Throws RuntimeError. */
export async function runServer(run: ProgramRun): Promise<ServerRunResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnPort(run, await freePort());
    } catch (error) {
      const taken = error instanceof RuntimeError && error.fault === 'port-in-use';
      if (!taken || attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

async function runOnPort(run: ProgramRun, port: number): Promise<ServerRunResult> {
  run.signal.throwIfAborted();
  const argv = [...run.argv, '--host', '127.0.0.1', '--port', String(port), '-lv', '4'];
  run.progress('load', 'Loading the model', 0);
  const server = new KeptProcess(run.program, argv, { env: run.env });
  run.onProcess(server.pid);
  const crash = new AbortController();
  const signal = eitherOf(run.signal, crash.signal);
  void server.ended.then(() => crash.abort());
  try {
    const url = new URL(`http://127.0.0.1:${port}/`);
    await untilReady(url, run.plan.loadTimeMs, signal);
    const result = await measureServer(
      {
        url,
        signal,
        progress: run.progress,
        ...(run.onSpeeds && { onSpeeds: run.onSpeeds }),
        ...(run.between && { between: run.between }),
      },
      run.plan,
    );
    run.progress('stop', 'Ending the runtime', 0.97);
    await run.beforeEnd();
    await server.stop(LAST_WORDS_MS);
    return { ...result, argv, log: server.stderr };
  } catch (error) {
    throw await explain(error, server, run, crash.signal.aborted);
  } finally {
    await server.stop();
  }
}

/** What really happened: a server that ended by itself makes every question to it fail in some way. */
async function explain(
  error: unknown,
  server: KeptProcess,
  { signal, program }: ProgramRun,
  crashed: boolean,
): Promise<unknown> {
  if (signal.aborted) return signal.reason;
  if (error instanceof RuntimeError && !crashed) {
    // A connection may break a moment before the end of its process is known.
    if (error.fault !== 'not-reachable') return withLog(error, server);
    await new Promise((resolve) => setTimeout(resolve, HEALTH_INTERVAL_MS));
    if (server.running) return withLog(error, server);
  }
  if (server.running) return error;
  return endError(await server.ended, program);
}

function withLog(error: RuntimeError, server: KeptProcess): RuntimeError {
  return new RuntimeError(error.fault, error.subject, error.evidence ?? lastLines(server.stderr));
}

/** The error that a program's own end stands for. */
export function endError(end: Awaited<KeptProcess['ended']>, program: string): RuntimeError {
  const { fault, subject } = diagnose(end);
  const how = end.signal === null ? `status ${end.code ?? 'unknown'}` : `signal ${end.signal}`;
  const crash = fault === 'crashed' ? `${program}: ${how}` : null;
  return new RuntimeError(fault, subject ?? crash, lastLines(end.stderr));
}

async function untilReady(url: URL, loadTimeMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + loadTimeMs;
  for (;;) {
    const left = deadline - performance.now();
    if (left <= 0) throw new RuntimeError('load-timeout', `${Math.round(loadTimeMs / 1000)} s`);
    if (await isReady(url, left, signal)) return;
    await pause(HEALTH_INTERVAL_MS, signal);
  }
}

/** 503 while it loads; nothing listens at first. */
async function isReady(url: URL, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    const answer = await askServer({ url: new URL('health', url), body: null, timeoutMs, signal });
    return answer.status === 200;
  } catch (error) {
    if (error instanceof RuntimeError && error.fault === 'not-reachable') return false;
    if (error instanceof RuntimeError && error.fault === 'run-timeout') return false;
    throw error;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      signal.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted() {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }
    signal.addEventListener('abort', aborted, { once: true });
  });
}

/** `AbortSignal.any` came with Node 20. */
function eitherOf(left: AbortSignal, right: AbortSignal): AbortSignal {
  const controller = new AbortController();
  for (const signal of [left, right]) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
