import { assertNever } from '../../core/assert-never';
import type { ParsedInput } from '../../contract/commands';
import { namedAsPlanned } from '../../core/receipt/planned-names';
import { parseBenchLog, parseServerLog } from '../../core/receipt/server-log';
import type { Disturbance, MeasuredSpeed } from '../../core/receipt/schema';
import { DEFAULT_LIMITS, type WatchLimits } from '../../core/receipt/watch';
import { MIB } from '../../core/units';
import { findNvidiaSmi } from '../../host/probe/nvidia-smi';
import { readGpuProcesses } from '../../host/run/gpu-processes';
import { readPowerSource } from '../../host/run/power-source';
import { runBench } from '../../host/run/run-bench';
import { runServer, type ProgramRun } from '../../host/run/run-server';
import { RuntimeError } from '../../host/run/runtime-error';
import { Watchdog } from '../../host/run/watchdog';
import type { PickedRuntime } from '../pick-runtime';
import { runEmbeddedOf } from './embedded';
import { TrialGauge } from './gauge';
import { runOnUrl } from './on-url';
import {
  contextOf,
  progressOf,
  runPlanOf,
  type Measured,
  type Outcome,
  type TrialQuestion,
} from './question';

/** Runs and watches. What the watchdog ended comes back without figures; a cancelled run throws. */
export async function measureTrial(question: TrialQuestion, start = 0): Promise<Measured> {
  const { task, plan, memoryWorker } = question;
  const nvidiaSmi = await findNvidiaSmi();
  const before = await readGpuProcesses(nvidiaSmi, task.signal);
  const powerSource = await readPowerSource();
  const gauge = new TrialGauge(memoryWorker, plan.placement.threads, start);
  task.progress({ step: 'bandwidth', label: 'Reading memory', fraction: 0 });
  await gauge.take('before', task.signal);
  task.signal.throwIfAborted();
  const stop = new AbortController();
  let stoppedBy: Disturbance | null = null;
  const onLimit = (limit: Disturbance) => {
    stoppedBy = limit;
    stop.abort();
  };
  const onCancel = () => stop.abort(task.signal.reason);
  task.signal.addEventListener('abort', onCancel, { once: true });
  const watchdog = new Watchdog({ limits: limitsOf(question.input), nvidiaSmi, onLimit });
  try {
    const outcome = await runWatched({ question, watchdog, gauge, signal: stop.signal }, () => stoppedBy);
    const envelope = await watchdog.stop();
    if (stoppedBy === null) await gauge.take('after', task.signal);
    const { readings } = gauge;
    const after = await readGpuProcesses(nvidiaSmi, task.signal);
    const others = [...new Set([...before, ...after].map(({ name }) => name))];
    const starts = [{ start, fault: null, speeds: outcome.speeds }];
    return { ...outcome, starts, readings, envelope, stoppedBy, otherGpuProcesses: others, powerSource };
  } finally {
    task.signal.removeEventListener('abort', onCancel);
    await watchdog.stop();
  }
}

/** One start and what watches it. */
interface Watched {
  readonly question: TrialQuestion;
  readonly watchdog: Watchdog;
  readonly gauge: TrialGauge;
  readonly signal: AbortSignal;
}

async function runWatched(watched: Watched, stoppedBy: () => Disturbance | null): Promise<Outcome> {
  const { question } = watched;
  let partial: readonly MeasuredSpeed[] = [];
  try {
    return await run(watched, (speeds) => (partial = speeds));
  } catch (error) {
    question.task.signal.throwIfAborted();
    const limit = stoppedBy();
    if (limit === null) throw error;
    return stoppedOutcome(question, limit, partial);
  }
}

type OnSpeeds = NonNullable<ProgramRun['onSpeeds']>;

function run(watched: Watched, onSpeeds: OnSpeeds): Promise<Outcome> {
  const { question, watchdog, signal } = watched;
  const { picked } = question;
  switch (picked.kind) {
    case 'url':
      return runOnUrl(question, { url: picked.url, signal, onSpeeds });
    case 'embedded':
      return runEmbeddedOf(question, picked, watchdog, signal);
    case 'program':
      return runProgramOf(watched, picked, onSpeeds);
    default:
      return assertNever(picked);
  }
}

async function runProgramOf(
  { question, watchdog, gauge, signal }: Watched,
  { runtime, reason }: Extract<PickedRuntime, { kind: 'program' }>,
  onSpeeds: OnSpeeds,
): Promise<Outcome> {
  const { argv, env } = commandOf(question, runtime.tool);
  const programRun: ProgramRun = {
    program: runtime.path,
    argv,
    env,
    plan: runPlanOf(question, contextOf(question)),
    signal,
    onSpeeds,
    progress: progressOf(question.task),
    onProcess: (pid) => watchdog.watch(pid),
    beforeEnd: () => watchdog.look(),
    between: () => gauge.between(signal),
  };
  const why = reason === null ? [] : [reason];
  const base = { build: runtime.version, env, splitMode: null, context: null };
  if (runtime.tool === 'llama-server') {
    const result = await runServer(programRun);
    return {
      runtime: { ...base, tool: 'llama-server', backends: null, argv: result.argv },
      log: parseServerLog(namedAsPlanned(result.log, question.plan)),
      method: 'llama-server: timings of /completion with prompts of token numbers, memory from its log',
      notes: [...why, ...result.notes],
      speeds: result.speeds,
    };
  }
  const { output, argv: benchArgv, speeds, notes, log } = await runBench(programRun);
  const { backends, splitMode } = output;
  return {
    runtime: { ...base, tool: 'llama-bench', backends, splitMode, argv: benchArgv },
    log: parseBenchLog(namedAsPlanned(log, question.plan)),
    method: 'llama-bench: every repetition of its own tests, memory from its log',
    notes: [...why, ...notes],
    speeds,
  };
}

/** The plan's command, with the model's whole path: a plan may come from another folder. */
function commandOf({ plan, model }: TrialQuestion, tool: 'llama-server' | 'llama-bench') {
  const command = plan.commands.find((each) => each.tool === tool);
  if (command === undefined || model.path === null) {
    throw new RuntimeError('not-expressible', `the plan has no command for ${tool}`);
  }
  const position = command.argv.indexOf('-m');
  const argv = command.argv.map((word, index) =>
    index === position + 1 && position >= 0 ? model.path! : word,
  );
  return { argv, env: command.env };
}

function limitsOf({ limits }: ParsedInput<'trial.run'>): WatchLimits {
  const least = limits.least_available_mib;
  return {
    hostShare: limits.host_share ?? DEFAULT_LIMITS.hostShare,
    leastAvailableBytes: least === null ? DEFAULT_LIMITS.leastAvailableBytes : least * MIB,
    temperatureC: limits.temperature_c ?? DEFAULT_LIMITS.temperatureC,
  };
}

function stoppedOutcome(
  { picked, plan }: TrialQuestion,
  limit: Disturbance,
  speeds: readonly MeasuredSpeed[],
): Outcome {
  const program = picked.kind === 'program' ? picked.runtime : null;
  const command = plan.commands.find(({ tool }) => tool === program?.tool);
  return {
    runtime: {
      tool: program?.tool ?? (picked.kind === 'embedded' ? 'node-llama-cpp' : 'llama-server-url'),
      build: program?.version ?? null,
      backends: null,
      argv: command?.argv ?? null,
      env: command?.env ?? {},
      splitMode: null,
      context: null,
    },
    log: null,
    method:
      speeds.length === 0
        ? 'ended by the watchdog before it could be measured'
        : 'ended by the watchdog: what was measured until then',
    notes: [limit.message],
    speeds,
  };
}
