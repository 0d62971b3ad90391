import { parseBenchOutput, type BenchOutput } from '../../core/receipt/bench-output';
import { lastLines, type RuntimeFault } from '../../core/receipt/runtime-failure';
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
/** Characters of results: each takes some 1,500, and there are two. */
const MOST_OUTPUT = 2 ** 20;

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

function argumentsAt({ argv, plan }: ProgramRun, depth: number): readonly string[] {
  const { prompt, generate, repetitions } = plan;
  const numbers = { '-p': prompt, '-n': generate, '-d': depth, '-r': repetitions };
  const flags = Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]);
  // its log tells memory by component; the decode itself logs nothing
  return [...argv, ...flags, '-o', 'jsonl', '-v'];
}

/** Whether it is known to load still: it has said nothing, or of its tensors and not yet of a context. Old ones may say nothing else. */
function loads(stderr: string): boolean {
  return stderr === '' || (stderr.includes('load_tensors:') && !stderr.includes('llama_context:'));
}

async function benchAt(
  run: ProgramRun,
  depth: number,
): Promise<Pick<BenchRunResult, 'argv' | 'output' | 'log'>> {
  run.signal.throwIfAborted();
  const argv = argumentsAt(run, depth);
  let printed = 0;
  let ended: RuntimeError | null = null;
  const endFor = (fault: RuntimeFault, subject: string, evidence: string) => {
    ended ??= new RuntimeError(fault, subject, lastLines(evidence));
    void bench.stop();
  };
  const onStdout = (text: string) => {
    if (printed === 0 && depth === 0) run.progress('decode', 'Measuring decode', 0.25);
    printed += text.length;
    if (printed > MOST_OUTPUT) endFor('other-output', run.program, text);
  };
  const bench = new KeptProcess(run.program, argv, { env: run.env, onStdout });
  run.onProcess(bench.pid);
  const stop = () => void bench.stop();
  run.signal.addEventListener('abort', stop, { once: true });
  const endAfter = (milliseconds: number, fault: 'load-timeout' | 'run-timeout', goesOn: () => boolean) =>
    setTimeout(() => {
      if (!goesOn()) endFor(fault, `${Math.round(milliseconds / 1000)} s`, bench.stderr);
    }, milliseconds);
  const { loadTimeMs, depthTimeMs } = run.plan;
  const timers = [
    endAfter(loadTimeMs, 'load-timeout', () => printed > 0 || !loads(bench.stderr)),
    endAfter(loadTimeMs + depthTimeMs, 'load-timeout', () => printed > 0),
    endAfter(RUN_TIMEOUT_MS, 'run-timeout', () => false),
  ];
  try {
    const end = await bench.ended;
    run.signal.throwIfAborted();
    if (ended !== null) throw ended;
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
