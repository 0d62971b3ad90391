import { isQuantised } from '../../kv-cache';
import type { LayerHomes } from '../../layer-homes';
import type { Settings } from '../../settings';
import type { Backend } from './tensor-graph';

/** Where a block's fused attention would be computed. */
export interface FusedAttention {
  readonly backend: Backend;
  readonly layer: number;
}

/**
 * Whether `-fa auto` stays on (`src/llama-context.cpp: resolve_fused_ops`): llama.cpp schedules a graph of one token a sequence, and
 * goes without flash attention where any layer's would be computed elsewhere than the layer. That happens with caches on the host
 * beside recurrent states. A quantised V insists on it. `probe` draws and schedules that graph.
 */
export function keepsFlashAttention(
  settings: Settings,
  homes: LayerHomes,
  probe: () => readonly FusedAttention[],
): boolean {
  if (!settings.flashAttention) return false;
  if (settings.flashAttentionAuto !== true || isQuantised(settings.valueType)) return true;
  const { offloadCache, overrides } = settings;
  const together = homes.blocks.every((home) => home === homes.output) && overrides.length === 0;
  if (homes.host === 0 || (together && offloadCache && homes.output !== homes.host)) return true;
  return probe().every(({ backend, layer }) => backend === homes.blocks[layer]);
}
