import { describe, layerCount } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, need, text, texts } from '../config-fields';
import { MOST_LAYERS } from '../../most-layers';

/**
 * Multi-head latent attention: one compressed key of `kv_lora_rank + rope` elements a token (`conversion/deepseek.py`).
 * The layers that predict ahead are left out, as the converter does.
 */
export const deepseek2: Family = {
  architectures: ['DeepseekV2ForCausalLM', 'DeepseekV3ForCausalLM'],
  modelTypes: ['deepseek_v2', 'deepseek_v3', 'kimi_k2'],
  blueprint: (config) => describeLatent('deepseek2', config, 0),
};

/** DeepSeek 3.2: an indexer in every layer, and the converter keeps the layer that predicts ahead (`DeepseekV32Model`). */
export const deepseek32: Family = {
  architectures: ['DeepseekV32ForCausalLM'],
  modelTypes: ['deepseek_v32'],
  blueprint: (config) => describeIndexed('deepseek32', config),
};

/** GLM 5: as DeepSeek 3.2, and some layers share the indexer of one before (`conversion/glm.py: GlmMoeDsaModel`). */
export const glmDsa: Family = {
  architectures: ['GlmMoeDsaForCausalLM'],
  modelTypes: ['glm_moe_dsa'],
  blueprint: (config) => describeIndexed('glm-dsa', config),
};

/** GLM 4.7 Flash: DeepSeek's attention, and the converter keeps the layer that predicts ahead (`conversion/glm.py`). */
export const glm4MoeLite: Family = {
  architectures: ['Glm4MoeLiteForCausalLM'],
  modelTypes: ['glm4_moe_lite'],
  blueprint: (config) =>
    describeLatent('deepseek2', config, countOrZero(config, ['num_nextn_predict_layers'], MOST_LAYERS) ?? 0),
};

function describeIndexed(architecture: string, config: Config): Blueprint {
  const ahead = countOrZero(config, ['num_nextn_predict_layers'], MOST_LAYERS) ?? 0;
  const { metadata, traits } = describeLatent(architecture, config, ahead);
  const types = texts(config, 'indexer_types');
  const own = {
    [`${architecture}.attention.indexer.head_count`]: need(config, ['index_n_heads']),
    [`${architecture}.attention.indexer.key_length`]: need(config, ['index_head_dim']),
    [`${architecture}.attention.indexer.top_k`]: need(config, ['index_topk']),
    // a sigmoid, as the published models' scoring_func
    [`${architecture}.expert_gating_func`]: 2,
    ...(types === null || architecture !== 'glm-dsa'
      ? {}
      : { [`${architecture}.attention.indexer.types`]: types.map((type) => (type === 'full' ? 1 : 0)) }),
  };
  return { metadata: { ...metadata, ...own }, traits: { ...traits, routerBias: true } };
}

function describeLatent(architecture: string, config: Config, ahead: number): Blueprint {
  const rank = need(config, ['kv_lora_rank']);
  const rope = need(config, ['qk_rope_head_dim']);
  const layers = layerCount(config);
  const mixture = count(config, ['n_routed_experts']) !== null;
  return {
    metadata: describe(
      architecture,
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
        expert_weights_norm: flag(config, 'norm_topk_prob', false) ? true : null,
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
