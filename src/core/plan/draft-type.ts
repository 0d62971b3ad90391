import type { Model } from '../model/schema';

/** How llama-server drafts with a model (`--spec-type`, `common/speculative.cpp`). */
export type DraftType = 'draft-simple' | 'draft-mtp' | 'draft-dflash';

export function draftTypeOf({ architecture }: Model): DraftType {
  if (architecture === 'gemma4-assistant') return 'draft-mtp';
  return architecture === 'dflash' ? 'draft-dflash' : 'draft-simple';
}

/**
 * Whether all is counted that drafting so takes: with a model made for it, and where the model itself keeps no states, of which
 * llama.cpp would keep one more for each drafted token (`need_n_rs_seq`).
 */
export function countsDrafting(type: string, draft: Model | null, model: Model): boolean {
  const states = (model.layers ?? []).some(({ state }) => state !== null);
  return draft !== null && draftTypeOf(draft) === type && !states;
}
