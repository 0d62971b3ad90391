import type { Model, Tensor } from '../model/schema';
import { homeOfTensor, layerHomes } from '../plan/layer-homes';
import { indexOf } from '../plan/model-index';
import type { Settings } from '../plan/settings';
import { type Bytes, padTo } from '../units';

/** Names of the parts of a split model, each of which is mapped by itself. */
const partOfSplit = /-\d{5}-of-\d{5}\.gguf$/iu;
/** GGUF's, where `general.alignment` says nothing. */
const ALIGNMENT = 32;

/**
 * Bytes of the stretch of a mapped file from its first to its last tensor of the host, which is what llama.cpp prints as the host's
 * weights (`src/llama-model-loader.cpp: get_mapping_range`). Null where the order of the tensors in one file is not known.
 */
export function mappedRange(model: Model, settings: Settings): Bytes | null {
  const { kind, tensors, locator } = model.source;
  if (kind !== 'gguf' || tensors !== 'read' || partOfSplit.test(locator)) return null;
  const given = model.metadata['general.alignment'];
  const alignment = typeof given === 'number' && given > 0 ? given : ALIGNMENT;
  const onHost = hostTensors(model, settings);
  let offset = 0;
  let first: Bytes | null = null;
  let last = 0;
  for (const tensor of model.tensors) {
    if (onHost.has(tensor.name)) {
      first ??= offset;
      last = offset + tensor.bytes;
    }
    offset = padTo(offset + tensor.bytes, alignment);
  }
  return last - (first ?? 0);
}

function hostTensors(model: Model, settings: Settings): ReadonlySet<string> {
  const index = indexOf(model);
  const homes = layerHomes(index.layers, settings);
  const isHere = (tensor: Tensor): boolean => homeOfTensor(tensor, index, homes, settings) === homes.host;
  const loaded = [index.input, index.output, index.firstLayer, ...index.tensorsByLayer].flat();
  const everywhere = homes.blocks.includes(homes.host) ? index.everywhere : [];
  return new Set([...loaded.filter(isHere), ...everywhere].map(({ name }) => name));
}
