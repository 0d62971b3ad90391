import type { LayerMemory, Model } from '../../../model/schema';
import { layerHomes } from '../../layer-homes';
import { indexOf } from '../../model-index';
import { devicesInUse, type Settings, type Target } from '../../settings';
import { UnknownGraph } from './block';
import { fixedCode, HOST_CODE } from '../flat/flat-graph';
import { looksOf } from '../flat/looks';
import type { Sketch } from './sketch';
import { type Backend, F32, I32, inputLeaf, type Node, weightLeaf } from './tensor-graph';

/** Gemma 4's assistants draft with the caches, the embedding and the last states of the model they belong to (`src/models/gemma4-assistant.cpp`). */
export function isAssistant({ architecture }: Model): boolean {
  return architecture === 'gemma4-assistant';
}

/** A draft model with the caches that it reads in place of its own, in the types they have, and where each of them lies. */
export interface Assistance {
  readonly model: Model;
  readonly settings: Settings;
  readonly cacheHomeOf: (layer: number) => Backend;
}

export function assistanceOf(model: Model, settings: Settings): Assistance {
  const { target } = settings;
  if (target === undefined) throw new UnknownGraph('no model to draft for');
  const owners = Array.from({ length: model.block_count ?? 0 }, (_, layer) => ownerOf(model, target, layer));
  const { keyType, valueType } = target.settings;
  return {
    model: { ...model, layers: owners.map((owner) => memoryOf(target, owner)) },
    settings: { ...settings, keyType, valueType },
    cacheHomeOf: (layer) => homeOf(target, settings, owners[layer]!),
  };
}

/** The model's last block, or the last but one for a block with a window (`create_memory: share`), or whose cache that one reads. */
function ownerOf(model: Model, target: Target, layer: number): number {
  const pattern = model.metadata[`${model.architecture}.attention.sliding_window_pattern`];
  const isWindowed = Array.isArray(pattern) && Number(pattern[layer]) === 1;
  const shared = indexOf(target.model).trunk - (isWindowed ? 2 : 1);
  return looksOf(target.model).cacheOwner[shared] ?? shared;
}

function memoryOf({ model }: Target, layer: number): LayerMemory {
  const memory = model.layers?.[layer];
  if (memory === undefined || memory.cache === null) throw new UnknownGraph('no cache to draft with');
  return memory;
}

function homeOf(target: Target, own: Settings, layer: number): Backend {
  const { model, settings } = target;
  if (!settings.offloadCache) return HOST_CODE;
  return codeOfHome(target, own, layerHomes(indexOf(model).layers, settings).blocks[layer]!);
}

/** The code of a place of the model that is drafted for, as a draft model with these settings counts devices. */
export function codeOfHome({ settings }: Target, own: Settings, home: number): Backend {
  const devices = devicesInUse(settings);
  if (home === devices.length) return HOST_CODE;
  const found = devicesInUse(own).findIndex(({ name }) => name === devices[home]!.name);
  if (found < 0) throw new UnknownGraph('something on a device that the draft model does not use');
  return fixedCode(found);
}

/** What goes into the first block: the token as the model itself embeds it beside its last state, made narrow. */
export function drawAssisted(sketch: Sketch, target: Target, before: Node): Node {
  const { tokens } = sketch.batch;
  const table = indexOf(target.model).outside.get('token_embd.weight');
  const wide = sketch.number('embedding_length_out');
  if (table === undefined || wide === null) throw new UnknownGraph('no embedding');
  const [width = 1, words = 1] = table.dimensions;
  const rows = sketch.rows(
    weightLeaf([width, words, 1, 1], table.bytes, HOST_CODE),
    inputLeaf([tokens, 1, 1, 1], I32),
  );
  const state = inputLeaf([wide, tokens, 1, 1], F32);
  return sketch.multiply(before, sketch.fresh([2 * wide, tokens, 1, 1], sketch.elementwise(rows), state));
}
