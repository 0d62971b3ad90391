import type { Model } from '../../../model/schema';
import type { Bytes } from '../../../units';
import { expertPattern, indexOf } from '../../model-index';
import type { Settings } from '../../settings';
import { layerHomes } from '../../layer-homes';
import type { Batch } from './sheet';
import { F16, F32 } from './tensor-graph';

/**
 * Where the graph cannot be followed: every intermediate of the widest block at once, nothing reused, and beside them the
 * two largest weights' copies where weights are on the host.
 */
export function boundCompute(model: Model, settings: Settings, batch: Batch): readonly Bytes[] {
  const index = indexOf(model);
  const width = model.embedding_length ?? 0;
  const outputs = F32 * batch.outputs * ((model.vocabulary ?? 0) + 2 * width);
  const { perStream, streams } = batch.cells;
  const windows = (model.layers ?? []).some((layer) => (layer.cache?.window ?? null) !== null) ? 2 : 1;
  const masks = windows * (settings.flashAttention ? F16 : F32) * batch.tokens * perStream;
  const heads = model.attention.heads ?? 1;
  const scores = settings.flashAttention ? 0 : 2 * F32 * batch.tokens * perStream * heads;
  const working = F32 * batch.tokens * (widestBlock(model) + 4 * width);
  const common = outputs + working + masks + scores;
  const homes = layerHomes(index.layers, settings);
  if (homes.host === 0) return [common];
  const onHost = homes.first > 0 || settings.cpuMoeLayers > 0 || settings.overrides.length > 0;
  const copies = onHost && settings.offloadOperations ? 2 * largestWeight(model) : 0;
  const cache = onHost || !settings.offloadCache ? largestCache(model, settings, perStream * streams) : 0;
  // Four copies of the inputs where devices work in turn.
  const inputs = (homes.host > 1 ? 4 : 1) * (masks + 2 * F32 * batch.tokens * width);
  // where blocks of the host are computed too, masks of their split wait beside those of its own
  const device = common + copies + cache + (onHost ? masks / 2 : 0) + (homes.host > 1 ? inputs : 0);
  const bytes = Array.from({ length: homes.host }, () => device);
  return [...bytes, onHost ? common : inputs];
}

/** Rows that one token makes in the widest block: each weight's output, experts as many times as are used. */
function widestBlock(model: Model): number {
  const used = model.experts?.used ?? 1;
  return indexOf(model).tensorsByLayer.reduce((most, tensors) => {
    const rows = tensors.reduce(
      (sum, tensor) => sum + (tensor.dimensions[1] ?? 0) * (expertPattern.test(tensor.name) ? used : 1),
      0,
    );
    return Math.max(most, rows);
  }, 0);
}

function largestWeight(model: Model): number {
  return model.tensors.reduce((most, tensor) => {
    const lookedUp = tensor.role === 'token_embedding' || tensor.role === 'per_layer_embedding';
    return lookedUp ? most : Math.max(most, tensor.bytes);
  }, 0);
}

function largestCache(model: Model, settings: Settings, cells: number): number {
  const bytes = settings.keyType === 'f32' || settings.valueType === 'f32' ? F32 : F16;
  const elements = (model.layers ?? []).reduce(
    (most, { cache }) => Math.max(most, (cache?.key_elements ?? 0) + (cache?.value_elements ?? 0)),
    0,
  );
  return elements * cells * bytes;
}
