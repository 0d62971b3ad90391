import { describe, headLength, layerCount, ropeParameters } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { countOrZero, decimal, flag, need } from '../config-fields';
import { MOST_LAYERS } from '../../most-layers';

/** GLM-4 0414: norms before and after both parts, gate and up in one tensor (`conversion/glm.py`). */
export const glm4: Family = {
  architectures: ['Glm4ForCausalLM'],
  modelTypes: ['glm4'],
  blueprint: (config) => ({
    metadata: describe('glm4', config, { 'rope.dimension_count': rotatedLength(config) }),
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
      attentionBias: flag(config, 'attention_bias', false),
    },
  }),
};

/** GLM 4.5 and later: the converter keeps the layer that predicts ahead as the last block. */
export const glm4Moe: Family = {
  architectures: ['Glm4MoeForCausalLM'],
  modelTypes: ['glm4_moe'],
  blueprint: (config) => {
    const ahead = countOrZero(config, ['num_nextn_predict_layers'], MOST_LAYERS) ?? 0;
    return {
      metadata: describe('glm4moe', config, {
        block_count: layerCount(config) + ahead,
        nextn_predict_layers: ahead === 0 ? null : ahead,
        'rope.dimension_count': rotatedLength(config),
        leading_dense_block_count: countOrZero(config, ['first_k_dense_replace']) ?? 0,
        expert_feed_forward_length: need(config, ['moe_intermediate_size']),
        expert_shared_count: countOrZero(config, ['n_shared_experts']) ?? 0,
        expert_weights_scale: decimal(config, 'routed_scaling_factor'),
        expert_weights_norm: flag(config, 'norm_topk_prob', false),
        // a sigmoid, whatever the config says
        expert_gating_func: 2,
      }),
      traits: {
        ...plainTraits,
        tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
        attentionBias: flag(config, 'attention_bias', false),
        queryKeyNorm: flag(config, 'use_qk_norm', false),
        routerBias: true,
      },
    };
  },
};

function rotatedLength(config: Config): number {
  const rotated =
    decimal(ropeParameters(config), 'partial_rotary_factor') ??
    decimal(config, 'partial_rotary_factor') ??
    0.5;
  return Math.floor(headLength(config) * rotated);
}
