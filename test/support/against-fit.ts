import { besideFit } from '../../src/core/fit/beside-fit';
import { planModel } from '../../src/core/plan/plan-model';
import { planRequestSchema } from '../../src/core/plan/request-schema';
import { profileWith } from '../core/plan/profiles';
import { modelNamed, modelNames } from '../core/plan/truth-rows';

/** One model on one card. */
export interface AgainstFit {
  readonly model: string;
  readonly gib: number;
  /** Tokens a second of decoding that the plan forecasts, and that it would forecast for `--fit`'s placement. */
  readonly planned: number | null;
  readonly fit: number | null;
  /** How much faster the plan is, as a share; null where either is not known or no placement fits the machine. */
  readonly gain: number | null;
}

const cardsGib = [6, 8, 12, 16, 24, 48] as const;

/** Every captured model on a card of every size, with host memory to spare. */
export function againstFit(): readonly AgainstFit[] {
  return modelNames.flatMap((name) => cardsGib.map((gib) => compared(name, gib)));
}

function compared(name: string, gib: number): AgainstFit {
  const model = modelNamed(name);
  const free = gib * 1024 - 300;
  const profile = profileWith({ ramGib: 250, gpus: [{ vram_free_mib: free, vram_total_mib: gib * 1024 }] });
  const plan = planModel(model, profile, planRequestSchema.parse({ context: 8192 }));
  const beside = besideFit(plan, model, profile);
  const planned = plan.decode.forecast_tok_s;
  const fit = beside.decode_tok_s;
  const comparable =
    planned !== null && fit !== null && plan.verdict === 'ship' && beside.over_budget.length === 0;
  return { model: name, gib, planned, fit, gain: comparable ? planned / fit - 1 : null };
}
