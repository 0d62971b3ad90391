import { describe, layerCount } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { ConfigError } from '../config-error';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, need, nested } from '../config-fields';

/**
 * Kimi Linear: latent attention without positions in the layers that `full_attn_layers` names (from 1 on), delta attention in
 * the others (`conversion/kimi_linear.py`).
 */
export const kimiLinear: Family = {
  architectures: ['KimiLinearForCausalLM', 'KimiLinearModel'],
  // Kimi K3's text model says the same `model_type` and is another architecture
  modelTypes: [],
  blueprint: (config) => {
    const linear = nested(config, 'linear_attn_config');
    const rank = need(config, ['kv_lora_rank']);
    const rope = need(config, ['qk_rope_head_dim']);
    const whole = fullLayers(linear);
    return {
      metadata: describe(
        'kimi-linear',
        { ...config, head_dim: rank + rope },
        {
          'attention.head_count_kv': Array.from({ length: layerCount(config) }, (_, layer) =>
            whole.includes(layer + 1) ? 1 : 0,
          ),
          'attention.key_length': rank + rope,
          'attention.value_length': need(config, ['v_head_dim']),
          'attention.key_length_mla': need(config, ['qk_nope_head_dim']) + rope,
          'attention.value_length_mla': need(config, ['v_head_dim']),
          'attention.kv_lora_rank': rank,
          'attention.q_lora_rank': count(config, ['q_lora_rank']),
          'rope.dimension_count': rope,
          'ssm.conv_kernel': need(linear, ['short_conv_kernel_size']),
          'kda.head_dim': need(linear, ['head_dim']),
          leading_dense_block_count: countOrZero(config, ['first_k_dense_replace']) ?? 0,
          expert_feed_forward_length: need(config, ['moe_intermediate_size']),
          expert_shared_count: countOrZero(config, ['num_shared_experts']) ?? 0,
          expert_weights_scale: decimal(config, 'routed_scaling_factor'),
          // a sigmoid, as `moe_router_activation_func` of the published model
          expert_gating_func: 2,
        },
      ),
      traits: {
        ...plainTraits,
        tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
        routerBias: true,
      },
    };
  },
};

function fullLayers(linear: Config): readonly unknown[] {
  const layers = linear['full_attn_layers'];
  if (!Array.isArray(layers))
    throw new ConfigError(
      'The config does not say which layers linear_attn_config.full_attn_layers are.',
      'linear_attn_config',
    );
  return layers;
}
