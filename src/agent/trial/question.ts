import type { ParsedInput } from '../../contract/commands';
import type { Task } from '../../contract/dispatcher';
import type { Plan } from '../../core/plan/schema';
import type { TrialFacts } from '../../core/receipt/build-receipt';
import type { RunPlan, RunProgress } from '../../host/run/run-plan';
import type { PickedRuntime } from '../pick-runtime';
import type { TrialModel } from './model';

/** What a run gives to the receipt. */
export type Measured = Pick<
  TrialFacts,
  | 'runtime'
  | 'log'
  | 'method'
  | 'notes'
  | 'speeds'
  | 'starts'
  | 'readings'
  | 'envelope'
  | 'stoppedBy'
  | 'otherGpuProcesses'
  | 'powerSource'
>;

export interface TrialQuestion {
  readonly input: ParsedInput<'trial.run'>;
  readonly task: Task;
  readonly plan: Plan;
  readonly picked: PickedRuntime;
  readonly model: TrialModel;
  /** Path of the built program that runs an embedded runtime. */
  readonly embeddedRunner: string;
  /** Path of the built memory reader; empty where bandwidth is not to be read. */
  readonly memoryWorker: string;
}

export type Outcome = Pick<Measured, 'runtime' | 'log' | 'method' | 'notes' | 'speeds'>;

/** Tokens that one sequence of the plan may have: llama-server gives it no more than the model was trained for. */
export function contextOf({ plan, model }: TrialQuestion): number {
  const own = Math.floor(plan.placement.context / plan.request.parallel);
  return Math.min(own, model.model.context_trained ?? own);
}

/** What a first reading from a slow disk takes, in bytes a second, and what starting takes besides. */
const SLOW_DISK = 100e6;
const START_MS = 120_000;
/** What reading a long prompt may take before it is shortened. */
const DEPTH_TIME_MS = 120_000;

export function runPlanOf({ input, model }: TrialQuestion, context: number): RunPlan {
  const prompt = Math.min(input.prompt, Math.max(16, Math.floor(context / 4)));
  const generate = Math.min(input.generate, Math.max(4, Math.floor(context / 4)));
  const most = Math.max(0, context - prompt - generate);
  return {
    prompt,
    generate,
    repetitions: input.repetitions,
    depth: Math.min(input.depth ?? most, most),
    vocabulary: model.model.vocabulary,
    depthTimeMs: DEPTH_TIME_MS,
    loadTimeMs:
      input.load_seconds === null
        ? START_MS + ((model.facts.file_bytes ?? 0) / SLOW_DISK) * 1000
        : input.load_seconds * 1000,
  };
}

export function progressOf(task: Task): RunProgress {
  return (step, label, fraction) => task.progress({ step, label, fraction });
}
