import { describe, layerCount } from '../base-metadata';
import type { Keys } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, flag, layerTypes } from '../config-fields';

/** OLMo 2 and 3: norms after both parts, of whole queries and keys; OLMo 3 has a window in three of four layers (`conversion/olmo.py`). */
export const olmo2: Family = {
  architectures: ['Olmo2ForCausalLM', 'Olmo3ForCausalLM'],
  modelTypes: ['olmo2', 'olmo3'],
  blueprint: (config) => ({
    metadata: describe('olmo2', config, windowKeys(config)),
    traits: { ...plainTraits, attentionBias: flag(config, 'attention_bias', false) },
  }),
};

export const olmoe: Family = {
  architectures: ['OlmoeForCausalLM'],
  modelTypes: ['olmoe'],
  blueprint: (config) => ({
    metadata: describe('olmoe', config, {}),
    traits: { ...plainTraits, attentionBias: flag(config, 'attention_bias', false) },
  }),
};

function windowKeys(config: Config): Keys {
  const window = count(config, ['sliding_window']);
  if (window === null) return {};
  const types = layerTypes(config, layerCount(config));
  return {
    'attention.sliding_window': window,
    'attention.sliding_window_pattern': Array.from({ length: layerCount(config) }, (_, layer) =>
      (types === null ? (layer + 1) % 4 !== 0 : types[layer] === 'sliding_attention') ? 1 : 0,
    ),
  };
}
