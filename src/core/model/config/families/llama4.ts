import { describe } from '../base-metadata';
import type { Family } from '../blueprint';
import { ConfigError } from '../config-error';
import { count, layerTypes, need } from '../config-fields';
import { llamaTraits } from './llama';

/**
 * Llama 4: every so many layers hold experts, the others a wider dense part; windows of 8192 tokens in three of four
 * (`conversion/llama.py: Llama4Model`). The config's `intermediate_size` is one expert's width, the dense one's is apart.
 */
export const llama4: Family = {
  architectures: ['Llama4ForConditionalGeneration', 'Llama4ForCausalLM'],
  modelTypes: ['llama4', 'llama4_text'],
  blueprint: (config) => {
    if (count(config, ['num_local_experts']) === null)
      throw new ConfigError('llama.cpp loads no Llama 4 without experts.', 'num_local_experts');
    const types = layerTypes(config, need(config, ['num_hidden_layers']));
    const plain = types !== null && types.every((type) => type === 'full_attention');
    return {
      metadata: describe('llama4', config, {
        feed_forward_length: need(config, ['intermediate_size_mlp', 'intermediate_size']),
        expert_feed_forward_length: need(config, ['intermediate_size']),
        interleave_moe_layer_step: need(config, ['interleave_moe_layer_step']),
        'attention.sliding_window': plain ? 0 : null,
      }),
      traits: llamaTraits(config),
    };
  },
};
