import { parseBenchOutput, type BenchOutput } from '../../core/receipt/bench-output';
import { lastLines } from '../../core/receipt/runtime-failure';
import type { MeasuredSpeed } from '../../core/receipt/schema';
import { KeptProcess } from './kept-process';
import { endError, type ProgramRun } from './run-server';
import type { RunResult } from './run-plan';
import { RuntimeError } from './runtime-error';

export interface BenchRunResult extends RunResult {
  readonly argv: readonly string[];
  readonly output: BenchOutput;
  /** What it said of the run whose arguments are `argv`. */
  readonly log: string;
}

/** Nobody waits longer; it is far beyond what a plan with a floor of 1 token/s takes. */
const RUN_TIMEOUT_MS = 30 * 60_000;

/**
 * Runs llama-bench with a plan's flags: from nothing, then with as many tokens before as were asked for and can be read in
 * time. Throws RuntimeError.
 */
export async function runBench(run: ProgramRun): Promise<BenchRunResult> {
  run.progress('load', 'Loading the model', 0);
  const shallow = await benchAt(run, 0);
  run.onSpeeds?.(shallow.output.speeds);
  const depth = reachableDepth(run, shallow.output.speeds);
  const notes =
    depth < run.plan.depth
      ? [
          `Depth ${depth} instead of ${run.plan.depth}: reading more would have taken over ${Math.round(run.plan.depthTimeMs / 1000)} s.`,
        ]
      : [];
  if (depth < 2 * run.plan.prompt) return { ...shallow, speeds: shallow.output.speeds, notes };
  await run.between?.();
  run.progress('depth', `Measuring with ${depth} tokens before`, 0.5);
  const deep = await benchAt(run, depth);
  return {
    ...deep,
    speeds: [...shallow.output.speeds, ...deep.output.speeds],
    notes: [...notes, ALSO_SHALLOW],
  };
}

/** The receipt has the arguments of the run that took the most memory. */
const ALSO_SHALLOW = 'Depth 0 was measured in a run of its own before, with -d 0.';

/** llama-bench reads what lies before once for each test, at about the speed of a prompt. */
function reachableDepth({ plan }: ProgramRun, speeds: readonly MeasuredSpeed[]): number {
  const rate = speeds.find(({ phase }) => phase === 'prefill')?.tok_s.median ?? 0;
  return Math.min(plan.depth, Math.floor((rate * plan.depthTimeMs) / 2000));
}

async function benchAt(
  run: ProgramRun,
  depth: number,
): Promise<Pick<BenchRunResult, 'argv' | 'output' | 'log'>> {
  run.signal.throwIfAborted();
  const { prompt, generate, repetitions } = run.plan;
  const numbers = { '-p': prompt, '-n': generate, '-d': depth, '-r': repetitions };
  const argv = [
    ...run.argv,
    ...Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]),
    '-o',
    'jsonl',
    // its log tells memory by component; the decode itself logs nothing
    '-v',
  ];
  let heard = false;
  const onStdout = () => {
    if (!heard && depth === 0) run.progress('decode', 'Measuring decode', 0.25);
    heard = true;
  };
  const bench = new KeptProcess(run.program, argv, { env: run.env, onStdout });
  run.onProcess(bench.pid);
  const stop = () => void bench.stop();
  run.signal.addEventListener('abort', stop, { once: true });
  // It says nothing before its first result, so a model that hangs in loading shows in this alone.
  let late: RuntimeError | null = null;
  const endAfter = (milliseconds: number, fault: 'load-timeout' | 'run-timeout') =>
    setTimeout(() => {
      if (fault === 'load-timeout' && heard) return;
      late = new RuntimeError(fault, `${Math.round(milliseconds / 1000)} s`, lastLines(bench.stderr));
      stop();
    }, milliseconds);
  const timers = [
    endAfter(run.plan.loadTimeMs + run.plan.depthTimeMs, 'load-timeout'),
    endAfter(RUN_TIMEOUT_MS, 'run-timeout'),
  ];
  try {
    const end = await bench.ended;
    run.signal.throwIfAborted();
    if (late !== null) throw late;
    if (end.code !== 0) throw endError(end, run.program);
    const output = parseBenchOutput(bench.stdout);
    if (output === null) throw new RuntimeError('other-output', run.program, lastLines(bench.stdout));
    return { argv, output, log: end.stderr };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    run.signal.removeEventListener('abort', stop);
    await bench.stop();
  }
}
