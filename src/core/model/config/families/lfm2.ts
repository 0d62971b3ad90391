import { describe, layerCount } from '../base-metadata';
import type { Keys } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { ConfigError } from '../config-error';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, layerTypes, need } from '../config-fields';

/** Short convolutions, and attention in a third of the layers (`conversion/lfm2.py`). */
export const lfm2: Family = {
  architectures: ['Lfm2ForCausalLM', 'LFM2ForCausalLM'],
  modelTypes: ['lfm2'],
  blueprint: (config) => describeLfm2('lfm2', config, { feed_forward_length: adjustedWidth(config) }),
};

export const lfm2Moe: Family = {
  architectures: ['Lfm2MoeForCausalLM'],
  modelTypes: ['lfm2_moe'],
  blueprint: (config) =>
    describeLfm2('lfm2moe', config, {
      expert_feed_forward_length: need(config, ['moe_intermediate_size']),
      leading_dense_block_count: countOrZero(config, ['num_dense_layers']) ?? 0,
      // 2 is a sigmoid, which llama.cpp's converter writes for every model of this family.
      expert_gating_func: 2,
    }),
};

function describeLfm2(architecture: string, config: Config, added: Keys): Blueprint {
  const types = layerTypes(config, layerCount(config));
  if (types === null) throw new ConfigError('The config does not say layer_types.', 'layer_types');
  const keyValueHeads = need(config, ['num_key_value_heads']);
  return {
    metadata: describe(architecture, config, {
      'attention.head_count_kv': types.map((type) => (type === 'full_attention' ? keyValueHeads : 0)),
      'shortconv.l_cache': need(config, ['conv_L_cache']),
      ...added,
    }),
    // The published models share embedding and output, under one of these two names.
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', flag(config, 'tie_embedding', true)),
    },
  };
}

/** `block_ff_dim` is the width before two thirds are taken of it and it is rounded up (`_add_feed_forward_length`). */
function adjustedWidth(config: Config): number {
  const width = need(config, ['block_ff_dim', 'intermediate_size']);
  if (!flag(config, 'block_auto_adjust_ff_dim', false)) return width;
  const multiplier = decimal(config, 'block_ffn_dim_multiplier') ?? 1;
  const multiple = count(config, ['block_multiple_of']) ?? 1;
  return Math.ceil(Math.floor(multiplier * Math.floor((2 * width) / 3)) / multiple) * multiple;
}
