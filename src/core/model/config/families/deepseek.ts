import { describe, layerCount } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, MOST_LAYERS, need, text } from '../config-fields';

/**
 * Multi-head latent attention: one compressed key of `kv_lora_rank + rope` elements a token (`conversion/deepseek.py`).
 * The layers that predict ahead are left out, as the converter does.
 */
export const deepseek2: Family = {
  architectures: ['DeepseekV2ForCausalLM', 'DeepseekV3ForCausalLM'],
  modelTypes: ['deepseek_v2', 'deepseek_v3', 'kimi_k2'],
  blueprint: (config) => describeLatent(config, 0),
};

/** GLM 4.7 Flash: DeepSeek's attention, and the converter keeps the layer that predicts ahead (`conversion/glm.py`). */
export const glm4MoeLite: Family = {
  architectures: ['Glm4MoeLiteForCausalLM'],
  modelTypes: ['glm4_moe_lite'],
  blueprint: (config) =>
    describeLatent(config, countOrZero(config, ['num_nextn_predict_layers'], MOST_LAYERS) ?? 0),
};

function describeLatent(config: Config, ahead: number): Blueprint {
  const rank = need(config, ['kv_lora_rank']);
  const rope = need(config, ['qk_rope_head_dim']);
  const layers = layerCount(config);
  const mixture = count(config, ['n_routed_experts']) !== null;
  return {
    metadata: describe(
      'deepseek2',
      { ...config, head_dim: rank + rope },
      {
        block_count: layers + ahead,
        nextn_predict_layers: ahead === 0 ? null : ahead,
        'attention.head_count_kv': 1,
        'attention.key_length': rank + rope,
        'attention.value_length': rank,
        'attention.key_length_mla': need(config, ['qk_nope_head_dim']) + rope,
        'attention.value_length_mla': need(config, ['v_head_dim']),
        'attention.kv_lora_rank': rank,
        'attention.q_lora_rank': count(config, ['q_lora_rank']),
        'rope.dimension_count': rope,
        leading_dense_block_count: countOrZero(config, ['first_k_dense_replace']) ?? (mixture ? 0 : layers),
        expert_feed_forward_length: need(config, ['moe_intermediate_size', 'intermediate_size']),
        expert_shared_count: countOrZero(config, ['n_shared_experts']) ?? 0,
        expert_weights_scale: decimal(config, 'routed_scaling_factor'),
      },
    ),
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
      routerBias:
        text(config, 'topk_method') === 'noaux_tc' || text(config, 'model_type') === 'glm4_moe_lite',
    },
  };
}
