import type { WindowRule } from './architectures';
import type { ModelFields } from './metadata-fields';

/** Which layers have a sliding window, and of how many tokens. */
export interface SlidingLayers {
  readonly layers: readonly boolean[];
  readonly tokens: number | null;
}

/**
 * The layers with a sliding window (llama.cpp v0.5.0 `llama_hparams::set_swa_pattern`, `load_swa_pattern`): the file's own array or
 * period where it has one, else the architecture's. Null where the file must say and does not.
 */
export function slidingLayers(
  rule: WindowRule | null,
  fields: ModelFields,
  blocks: number,
  trunk: number,
  recurrent: readonly boolean[],
): SlidingLayers | null {
  const none = { layers: Array.from({ length: blocks }, () => false), tokens: null };
  if (rule === null || (rule.onlyAtLayers !== null && rule.onlyAtLayers !== trunk)) return none;
  const said = fields.count('attention.sliding_window');
  if (said === 0) return none;
  const tokens = sizeOf(rule, said);
  if (tokens === null) return rule.optional ? none : null;
  const pattern = fields.list('attention.sliding_window_pattern');
  if (pattern === null && rule.period === 'file') return null;
  const period = fields.count('attention.sliding_window_pattern') ?? Number(rule.period);
  const layers = recurrent.map((isRecurrent, layer) => {
    if (isRecurrent) return false;
    if (pattern !== null) return (pattern[layer] ?? 0) !== 0;
    return layer < trunk && isSliding(layer, period, rule.fullFirst);
  });
  return { layers, tokens };
}

function sizeOf(rule: WindowRule, said: number | null): number | null {
  if (rule.fixed !== null && (said !== null || rule.fallback !== null)) return rule.fixed;
  return said ?? rule.fallback;
}

/** A period of zero makes every layer slide, one of one none. */
function isSliding(layer: number, period: number, fullFirst: boolean): boolean {
  if (period === 0) return true;
  return fullFirst ? layer % period !== 0 : layer % period < period - 1;
}
