import { largestThat } from '../bisect';
import type { Model } from '../model/schema';
import { planModel } from '../plan/plan-model';
import { type Plan, planRequestSchema, type Verdict } from '../plan/schema';
import { type Profile, PROFILE_SCHEMA_VERSION, profileSchema } from '../profile/schema';
import { MIB } from '../units';

/** The planner's figures for a calculator's question, in bytes. Null: not known. */
export interface ExactAnswer {
  readonly verdict: Verdict;
  readonly context: number;
  readonly layers_on_gpu: number;
  readonly total_layers: number | null;
  readonly gpu_bytes: number | null;
  readonly gpu_budget_bytes: number | null;
  readonly host_bytes: number | null;
  readonly host_budget_bytes: number | null;
  readonly model_bytes: number | null;
  readonly context_bytes: number | null;
  readonly compute_bytes: number | null;
  readonly message: string;
}

/** A question as the calculators ask it: sizes in GiB, as cards and memory modules are sold. */
export interface ExactQuestion {
  readonly gpuGib: number | null;
  /** Null: as much as is needed. */
  readonly hostGib: number | null;
  readonly context: number;
  readonly marginGib: number;
  /** Whether every layer, its experts and its cache must be on the card. */
  readonly allOnGpu: boolean;
}

/** More than any machine has: host memory where the question does not limit it. */
const BOUNDLESS_GIB = 2 ** 20;
/** Tokens of a step of the search for the longest context: llama.cpp pads to it. */
const CONTEXT_STEP = 256;

/** What the planner says of a model on a made-up machine with these memories and nothing else on it. */
export function exactAnswer(model: Model, question: ExactQuestion): ExactAnswer {
  return answerOf(model, planOn(model, question));
}

/**
 * The longest context, in steps of 256 tokens, that the planner ships on a host with so many MiB and no GPU; null where not even
 * the shortest fits, or where memory is not known. At most what the model was trained for.
 */
export function longestContext(model: Model, totalMib: number): number | null {
  const most = Math.floor((model.context_trained ?? 0) / CONTEXT_STEP);
  const fits = (steps: number): boolean =>
    planOn(model, {
      gpuGib: null,
      hostGib: totalMib / 1024,
      context: steps * CONTEXT_STEP,
      marginGib: 0,
      allOnGpu: false,
    }).verdict === 'ship';
  const steps = largestThat(1, most, fits);
  return steps === null ? null : steps * CONTEXT_STEP;
}

function planOn(model: Model, question: ExactQuestion): Plan {
  const request = planRequestSchema.parse({
    context: Math.max(1, question.context),
    gpu_layers: question.allOnGpu ? (model.block_count ?? 0) + 1 : null,
    cpu_moe_layers: question.allOnGpu ? 0 : null,
    offload_cache: question.allOnGpu ? true : null,
    margin_mib: question.marginGib * 1024,
    host_headroom_mib: 0,
  });
  return planModel(model, machineOf(question), request);
}

function machineOf({ gpuGib, hostGib }: ExactQuestion): Profile {
  const mib = gpuGib === null ? 0 : (gpuGib * 1024 ** 3) / MIB;
  const gpu = {
    index: 0,
    name: 'GPU',
    memory_kind: 'dedicated',
    vram_total_mib: mib,
    vram_free_mib: mib,
    context_overhead_mib: null,
  };
  return profileSchema.parse({
    schema_version: PROFILE_SCHEMA_VERSION,
    created: '',
    generator: 'calculator',
    hardware: {
      platform: {},
      cpu: { features: [] },
      memory: { ram_available_gib: hostGib ?? BOUNDLESS_GIB },
      gpus: gpuGib === null ? [] : [gpu],
    },
  });
}

function answerOf(model: Model, plan: Plan): ExactAnswer {
  const host = plan.memory.find(({ device }) => device === 'host');
  const gpu = plan.memory.find(({ device }) => device !== 'host');
  const main = gpu ?? host;
  return {
    verdict: plan.verdict,
    context: plan.placement.context,
    layers_on_gpu: gpu === undefined ? 0 : plan.placement.gpu_layers,
    total_layers: model.block_count === null ? null : model.block_count + 1,
    gpu_bytes: gpu?.total_bytes ?? null,
    gpu_budget_bytes: gpu?.budget_bytes ?? null,
    host_bytes: host?.total_bytes ?? null,
    host_budget_bytes: host?.budget_bytes ?? null,
    model_bytes: main?.model_bytes ?? null,
    context_bytes: main?.context_bytes ?? null,
    compute_bytes: main?.compute_bytes ?? null,
    message: plan.reasons[0]?.message ?? '',
  };
}
