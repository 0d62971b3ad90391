import { besideFit } from '../../src/core/fit/beside-fit';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/request-schema';
import type { Gpu } from '../../src/core/profile/schema';
import { profileWith } from '../core/plan/profiles';
import { modelNamed, modelNames } from '../core/plan/truth-rows';

/** One model on one machine. */
export interface AgainstFit {
  readonly model: string;
  /** Memory of each card, in their order. */
  readonly gib: readonly number[];
  /** Tokens a second of decoding that the plan forecasts, and that it would forecast for `--fit`'s placement. */
  readonly planned: number | null;
  readonly fit: number | null;
  /** How much faster the plan is, as a share; null where either is not known or no placement fits the machine. */
  readonly gain: number | null;
}

/** A graphics card: its memory in GiB and GB a second read from it. */
type Card = readonly [gib: number, gbps: number];

const single: readonly (readonly Card[])[] = [6, 8, 12, 16, 24, 48].map((gib) => [[gib, 921]]);

/** Cards that people put together: the fast one first or last, as large or not, and so small that mixtures stay on the host in part. */
const several: readonly (readonly Card[])[] = [
  [
    [8, 448],
    [12, 360],
  ],
  [
    [24, 921],
    [8, 272],
  ],
  [
    [6, 336],
    [24, 1008],
  ],
  [
    [6, 192],
    [4, 128],
  ],
  [
    [12, 360],
    [16, 736],
    [8, 448],
  ],
  [
    [8, 272],
    [6, 336],
    [4, 128],
  ],
  [
    [48, 768],
    [24, 936],
    [12, 360],
  ],
  [
    [24, 936],
    [16, 288],
    [12, 504],
    [8, 224],
  ],
  [
    [4, 128],
    [6, 192],
    [8, 256],
    [10, 760],
  ],
  [
    [16, 512],
    [48, 864],
    [8, 448],
    [24, 1008],
  ],
];

/** Every captured model on one card of every size, with host memory to spare. */
export function againstFit(): readonly AgainstFit[] {
  return compareAll(modelNames, single);
}

/** Models, without names all of them, on machines of two to four unlike cards. */
export function againstFitOnSeveral(names: readonly string[] = modelNames): readonly AgainstFit[] {
  return compareAll(names, several);
}

function compareAll(names: readonly string[], machines: readonly (readonly Card[])[]): readonly AgainstFit[] {
  return names.flatMap((name) => machines.map((cards) => compared(name, cards)));
}

function compared(name: string, cards: readonly Card[]): AgainstFit {
  const model = modelNamed(name);
  const profile = profileWith({ ramGib: 250, gpus: cards.map(gpuOf) });
  const plan = planModel(model, profile, planRequestSchema.parse({ context: 8192 }));
  const beside = besideFit(plan, model, profile);
  const planned = plan.decode.forecast_tok_s;
  const fit = beside.decode_tok_s;
  const comparable =
    planned !== null && fit !== null && plan.verdict === 'ship' && beside.over_budget.length === 0;
  const gib = cards.map(([size]) => size);
  return { model: name, gib, planned, fit, gain: comparable ? planned / fit - 1 : null };
}

function gpuOf([gib, gbps]: Card): Partial<Gpu> {
  return { vram_total_mib: gib * 1024, vram_free_mib: gib * 1024 - 300, vram_bw_gbps: gbps };
}
