import type { Plan, Remedy } from '../schema';
import type { Change } from './change';
import { altered, type Situation } from './situation';

/** What planning a situation gives, as far as a remedy is concerned. */
export type Outcome = Pick<Plan, 'verdict' | 'decode' | 'reasons'>;

/** A change that was planned and did not ship. */
export interface Miss {
  readonly change: Change;
  readonly outcome: Outcome;
}

/** Plans that may be made for one refusal, which must not take much longer than a plan: fewer of very deep models. */
const MOST_PLANS = 14;
const LEAST_PLANS = 8;
/**
 * Blocks over all plans of one refusal, because a plan takes longer the deeper the model is: a model of 94 blocks has the 12 plans that
 * find the mildest quantisation by halving, and its refusal takes 13 to 18 ms on two cards, 87 ms on eight (`docs/spec/placement.md`).
 */
const BLOCKS_A_REFUSAL = 1200;

/** Plans changes, each once, until there were enough. */
export class Trials {
  readonly #situation: Situation;
  readonly #plan: (situation: Situation) => Outcome;
  readonly #known = new Map<string, Remedy | null>();
  readonly #misses: Miss[] = [];
  #left: number;

  constructor(situation: Situation, plan: (situation: Situation) => Outcome) {
    this.#situation = situation;
    this.#plan = plan;
    const affordable = Math.floor(BLOCKS_A_REFUSAL / Math.max(1, situation.model.block_count ?? 1));
    this.#left = Math.min(MOST_PLANS, Math.max(LEAST_PLANS, affordable));
  }

  /** Whether no further plan may be made. */
  isSpent(): boolean {
    return this.#left === 0;
  }

  /** What was planned and does not ship, in the order of planning. */
  misses(): readonly Miss[] {
    return this.#misses;
  }

  /** The change as a remedy where planning it ships; else null. */
  remedyOf(change: Change): Remedy | null {
    const { code, message, request, memory, quant, quality } = change;
    const key = JSON.stringify([request, memory, quant]);
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    if (this.#left === 0) return null;
    this.#left--;
    const parts = { request, memory: [...memory], quant };
    const situation = altered(this.#situation, parts);
    const outcome = situation === null ? null : this.#plan(situation);
    const ships = outcome?.verdict === 'ship';
    const remedy: Remedy | null = ships
      ? {
          code,
          message,
          ...parts,
          quality,
          verdict: 'ship',
          decode_tok_s: outcome.decode.forecast_tok_s,
          decode_high_tok_s: outcome.decode.high_tok_s,
        }
      : null;
    if (outcome !== null && !ships) this.#misses.push({ change, outcome });
    this.#known.set(key, remedy);
    return remedy;
  }
}
