import { isQuantised } from '../kv-cache';
import type { LayerHomes } from '../layer-homes';
import { cellsOf, type Settings } from '../settings';
import type { Batch } from './sketch';
import type { Graph } from './tensor-graph';

/**
 * Whether `-fa auto` stays on (`src/llama-context.cpp: resolve_fused_ops`): llama.cpp schedules a graph of one token a sequence, and
 * goes without flash attention where any layer's would be computed elsewhere than the layer. That happens with caches on the host
 * beside recurrent states. A quantised V insists on it. `probe` draws and schedules a graph of a batch.
 */
export function keepsFlashAttention(
  settings: Settings,
  homes: LayerHomes,
  probe: (batch: Batch) => Graph,
): boolean {
  if (!settings.flashAttention) return false;
  if (settings.flashAttentionAuto !== true || isQuantised(settings.valueType)) return true;
  const { sequences, offloadCache, overrides } = settings;
  const together = homes.blocks.every((home) => home === homes.output) && overrides.length === 0;
  if (homes.host === 0 || (together && offloadCache && homes.output !== homes.host)) return true;
  const batch = { tokens: sequences, sequences, outputs: sequences, cells: cellsOf(settings) };
  return probe(batch).flashed.every(({ node, layer }) => node.backend === homes.blocks[layer]);
}
