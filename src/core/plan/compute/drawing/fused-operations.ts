import type { Model } from '../../../model/schema';
import { cellsOfLayers } from '../../kv-cache';
import { allBlocks, distinctBlocks, type Placed } from '../../placed';
import type { Settings } from '../../settings';
import type { FlatGraph } from '../flat/flat-graph';
import { flatGraphAt } from '../flat/flat-graphs';
import { keepsFlashAttention } from './flash-probe';
import { allJoined, type Joined, joints } from './joined-residuals';
import { putInPlace } from '../flat/places';
import { assignBackends, type Machine } from '../allocation/schedule';

/** Blocks of one kind in a row that a probe draws. */
const MOST_DRAWN = 5;

/** Whether attention is fused; remembered, because it takes a drawing to know. */
export function keepsFlash(model: Model, settings: Settings, placed: Placed): boolean {
  const { flashAttention, flashAttentionAuto, sequences, unified, keyType, valueType } = settings;
  if (!flashAttention || flashAttentionAuto !== true) return flashAttention;
  const key = `${sequences} ${unified} ${keyType} ${valueType}`;
  const known = placed.flash.get(key);
  if (known !== undefined) return known;
  const keeps = wantsFlash(model, settings, placed, distinctBlocks(placed, MOST_DRAWN));
  if (placed.flash.size >= MOST_FLASH) placed.flash.clear();
  placed.flash.set(key, keeps);
  return keeps;
}

/** Answers remembered for one placement. */
const MOST_FLASH = 64;

/** The same, from a drawing of these blocks. */
export function wantsFlash(
  model: Model,
  settings: Settings,
  placed: Placed,
  layers: readonly number[],
): boolean {
  return keepsFlashAttention(settings, placed.homes, () => {
    const { flat, backends } = probe(model, settings, placed, { layers, flash: true });
    return flat.flashed.map(({ tensor, layer }) => ({ backend: backends[tensor]!, layer }));
  });
}

/** Schedules the graph of one token a sequence, which llama.cpp tries fused operations on (`resolve_fused_ops`). */
function probe(
  model: Model,
  settings: Settings,
  placed: Placed,
  drawing: { readonly layers: readonly number[]; readonly flash: boolean; readonly joined?: Joined },
  draw = flatGraphAt,
): { readonly flat: FlatGraph; readonly backends: Int32Array } {
  const { sequences } = settings;
  const cells = cellsOfLayers(model.layers ?? [], settings);
  const batch = { tokens: sequences, sequences, outputs: sequences, cells };
  const normsPinned = placed.full || batch.tokens < SMALL_BATCH;
  const flat = draw({ model, settings, pinned: true, normsPinned, ...drawing }, batch);
  const { graph, homes } = putInPlace(flat, model, settings, placed, drawing.layers);
  const backends = assignBackends(graph, homes, machineOf(settings, placed), flat.forms.constants);
  return { flat, backends };
}

/** Architectures with such operations. */
const joins = /^(deepseek4|qwen4exp)$/u;

/**
 * Which operations on several streams of residuals stay in one piece: none of those that would be computed elsewhere than a layer.
 * `draw` draws all blocks.
 */
export function keepsJoined(
  model: Model,
  settings: Settings,
  placed: Placed,
  flash: boolean,
  draw: typeof flatGraphAt,
): Joined {
  if (!joins.test(model.architecture ?? '') || placed.homes.host === 0) return allJoined;
  const { layers } = allBlocks(placed);
  const joined = { ...allJoined };
  for (const tried of joints) {
    const { flat, backends } = probe(model, settings, placed, { layers, flash, joined }, draw);
    const isBeside = flat.joined!.every(
      ({ tensor, layer, joint }) => joint !== tried || backends[tensor] === placed.homes.blocks[layer],
    );
    joined[tried] = isBeside;
  }
  return joined;
}

export function machineOf(settings: Settings, { homes, pipeline }: Placed): Machine {
  return { host: homes.host, offload: settings.offloadOperations, pipeline };
}

/** Norms of smaller batches, and of all where every layer is on a device, stay with their layer (`graph_get_cb`). */
export const SMALL_BATCH = 32;
