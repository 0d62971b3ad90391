import type { ModelFields } from './metadata-fields';
import type { Model, Tensor } from './schema';
import { elementsOf } from './tensor-types';

/**
 * Parameters in all (elements of every tensor, as llama.cpp counts them: a tied output counts once, blocks that predict further
 * tokens are included) and those active for one token: all but the experts that are not chosen. Null where there are no tensors,
 * or where the file does not say how many experts are used.
 */
export function countParameters(tensors: readonly Tensor[], fields: ModelFields | null): Model['parameters'] {
  if (tensors.length === 0) return { total: null, active: null };
  const experts = tensors.filter((tensor) => tensor.role === 'expert');
  const total = sumOf(tensors);
  if (experts.length === 0) return { total, active: total };
  const idle = fields === null ? null : idleParameters(experts, fields);
  return { total, active: total === null || idle === null ? null : total - idle };
}

function idleParameters(experts: readonly Tensor[], fields: ModelFields): number | null {
  const count = fields.count('expert_count');
  const blocks = fields.count('block_count') ?? 0;
  const used = fields.list('expert_used_count') ?? fields.count('expert_used_count');
  if (count === null || count === 0 || used === null || blocks === 0) return null;
  let idle = 0;
  for (const tensor of experts) {
    const chosen = typeof used === 'number' ? used : (used[tensor.layer ?? 0] ?? 0);
    idle += (elementsOf(tensor.dimensions) ?? 0) * Math.max(0, 1 - chosen / count);
  }
  return Math.round(idle);
}

function sumOf(tensors: readonly Tensor[]): number | null {
  let total = 0;
  for (const tensor of tensors) total += elementsOf(tensor.dimensions) ?? Number.NaN;
  return Number.isSafeInteger(total) ? total : null;
}
