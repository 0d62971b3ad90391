import { describe, headLength, ropeType } from '../base-metadata';
import type { Blueprint, Family, Traits } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { flag } from '../config-fields';

/** Llama, Mistral and Mixtral are one architecture to llama.cpp; experts decide the rest (`conversion/llama.py`). */
export const llama: Family = {
  architectures: ['LlamaForCausalLM', 'MistralForCausalLM', 'MixtralForCausalLM'],
  modelTypes: ['llama', 'mistral', 'mixtral'],
  blueprint: (config) => describeLlama('llama', config),
};

/** Same tensors; every fourth layer does without rope. */
export const smolLm3: Family = {
  architectures: ['SmolLM3ForCausalLM'],
  modelTypes: ['smollm3'],
  blueprint: (config) => describeLlama('smollm3', config),
};

/** Mistral Small 3.1 and later, Ministral 3 (`conversion/mistral3.py`). */
export const mistral3: Family = {
  architectures: ['Mistral3ForConditionalGeneration', 'Ministral3ForCausalLM'],
  modelTypes: ['mistral3', 'ministral3'],
  blueprint: (config) => describeLlama('mistral3', config),
};

/** Dense and with experts, with multipliers that cost no memory (`conversion/granite.py`). */
export const granite: Family = {
  architectures: ['GraniteForCausalLM'],
  modelTypes: ['granite'],
  blueprint: (config) => describeLlama('granite', config),
};

/** Traits that llama-like configs spell out: biases, tied embeddings, scaled positions. */
export function llamaTraits(config: Config): Traits {
  const bias = flag(config, 'attention_bias', false);
  return {
    ...plainTraits,
    tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
    attentionBias: bias,
    attentionOutputBias: bias,
    feedForwardBias: flag(config, 'mlp_bias', false),
    ropeFactors: ropeType(config) === 'llama3' ? 'frequencies' : 'none',
  };
}

function describeLlama(architecture: string, config: Config): Blueprint {
  return {
    metadata: describe(architecture, config, { 'rope.dimension_count': headLength(config) }),
    traits: llamaTraits(config),
  };
}
