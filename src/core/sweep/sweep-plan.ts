import type { Calibration } from '../calibration/schema';
import { assertNever } from '../assert-never';
import { modelInQuant } from '../model/quantise/model-in-quant';
import { NotQuantisable } from '../model/quantise/quantise-tensors';
import { type Quant, quantNames, resolveQuant } from '../model/quantise/quants';
import type { Model } from '../model/schema';
import { type Companions, noCompanions } from '../plan/companions';
import { indexOf } from '../plan/model-index';
import { planOnce } from '../plan/plan-model';
import type { Plan } from '../plan/schema';
import type { PlanRequest } from '../plan/request-schema';
import type { Profile } from '../profile/schema';
import { contextSteps } from './context-steps';
import type { Sweep, SweepKind, SweepPoint } from './schema';

/** What is swept, and everything else as asked. */
export interface SweepQuestion {
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly kind: SweepKind;
  readonly companions?: Companions;
  /** What receipts taught of the machine. */
  readonly calibration?: Calibration | null;
}

/** More points than this no chart can show; of more layers than this not every one is tried. */
const MOST_POINTS = 129;

/** The plan at every value. Yields between plans, so that a window can breathe and a later question can end it. */
export function* sweepPlan(question: SweepQuestion): Generator<undefined, Sweep> {
  const { model, profile, request, kind, companions = noCompanions, calibration = null } = question;
  const cases = casesOf(question);
  const points: SweepPoint[] = [];
  for (const { value, asked } of cases.values) {
    const planned = kind === 'quant' ? inQuant(model, value) : model;
    if (planned !== null)
      points.push(pointOf(value, planned, planOnce(planned, profile, asked, companions, calibration)));
    yield;
  }
  return {
    kind,
    model: { name: model.name, locator: model.source.locator, quant: model.quant },
    chosen: chosenOf(kind, model, planOnce(model, profile, request, companions, calibration), points),
    points: kind === 'quant' ? bySize(points) : points,
    note: cases.note,
  };
}

/** A sweep in one go. */
export function sweepAll(question: SweepQuestion): Sweep {
  const steps = sweepPlan(question);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

interface Cases {
  readonly values: readonly { readonly value: number | string; readonly asked: PlanRequest }[];
  readonly note: string | null;
}

function casesOf({ model, request, kind }: SweepQuestion): Cases {
  const { layers, expertLayers } = indexOf(model);
  switch (kind) {
    case 'context': {
      const values = contextSteps(model.context_trained).map((context) => ({
        value: context,
        asked: { ...request, context },
      }));
      return { values, note: null };
    }
    case 'ncmoe': {
      if (expertLayers === 0) return nothing('The model has no experts that could stay in host memory.');
      // one thing changes along a sweep: the cache stays where it is
      const kept = { ...request, overrides: [], offload_cache: request.offload_cache ?? true };
      const asked = { ...kept, gpu_layers: request.gpu_layers ?? layers + 1 };
      const values = everyLayer(layers).map((count) => ({
        value: count,
        asked: { ...asked, cpu_moe_layers: count },
      }));
      return { values, note: request.gpu_layers === null ? 'Every layer is on the GPU.' : null };
    }
    case 'ngl': {
      const values = everyLayer(layers + 1).map((count) => ({
        value: count,
        asked: { ...request, overrides: [], offload_cache: request.offload_cache ?? true, gpu_layers: count },
      }));
      return { values, note: null };
    }
    case 'quant': {
      if (model.tensors.length === 0) return nothing('The file lists no weights that could be quantised.');
      const note = 'Sizes are as llama-quantize makes them from a 16-bit file, without an importance matrix.';
      return { values: swept.map((quant) => ({ value: quant, asked: request })), note };
    }
    default:
      return assertNever(kind);
  }
}

function nothing(note: string): Cases {
  return { values: [], note };
}

/** Of many layers evenly spread ones, both ends among them. */
function everyLayer(most: number): readonly number[] {
  const step = Math.max(1, Math.ceil(most / (MOST_POINTS - 1)));
  const counts: number[] = [];
  for (let count = 0; count < most; count += step) counts.push(count);
  return [...counts, most];
}

/** F32 is no way to run a model, and ternary types are for models trained in them. */
const swept: readonly Quant[] = quantNames.filter((quant) => quant !== 'F32' && !quant.startsWith('TQ'));

function inQuant(model: Model, value: number | string): Model | null {
  const resolved = resolveQuant(String(value));
  if (resolved.kind !== 'known') return null;
  // what the file itself is need not be guessed
  if (model.quant === resolved.quant && model.source.tensors === 'read') return model;
  try {
    return modelInQuant(model, resolved.quant);
  } catch (error) {
    if (error instanceof NotQuantisable) return null;
    throw error;
  }
}

function pointOf(value: number | string, model: Model, plan: Plan): SweepPoint {
  return {
    value,
    verdict: plan.verdict,
    context: plan.placement.context,
    gpu_layers: plan.placement.gpu_layers,
    cpu_moe_layers: plan.placement.cpu_moe_layers,
    file_bytes: model.file_bytes,
    memory: plan.memory.map(({ device, total_bytes, budget_bytes }) => ({
      device,
      total_bytes,
      budget_bytes,
    })),
    decode: plan.decode,
    decode_at_context: plan.decode_at_context,
  };
}

/** The largest file first, as people come down to what fits. */
function bySize(points: readonly SweepPoint[]): SweepPoint[] {
  return [...points].sort((left, right) => (right.file_bytes ?? 0) - (left.file_bytes ?? 0));
}

/** The value that the request comes to by itself: exactly, or the nearest context. */
function chosenOf(
  kind: SweepKind,
  model: Model,
  { placement }: Plan,
  points: readonly SweepPoint[],
): Sweep['chosen'] {
  const has = (value: number | string): boolean => points.some((point) => point.value === value);
  switch (kind) {
    case 'context':
      return has(placement.context) ? placement.context : null;
    case 'ncmoe':
      return has(placement.cpu_moe_layers) ? placement.cpu_moe_layers : null;
    case 'ngl':
      return has(placement.gpu_layers) ? placement.gpu_layers : null;
    case 'quant':
      return model.quant !== null && has(model.quant) ? model.quant : null;
    default:
      return assertNever(kind);
  }
}
