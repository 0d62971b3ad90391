import type { Keys } from '../base-metadata';
import { describe, headLength, layerCount, ropeParameters } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, layerTypes, need, nested } from '../config-fields';
import { MOST_LAYERS } from '../../most-layers';

/** Qwen 2 and 2.5: biases on query, key and value always (`conversion/qwen.py`). */
export const qwen2: Family = {
  architectures: ['Qwen2ForCausalLM'],
  modelTypes: ['qwen2'],
  blueprint: (config) => describeQwen('qwen2', config, {}, true),
};

export const qwen2Moe: Family = {
  architectures: ['Qwen2MoeForCausalLM'],
  modelTypes: ['qwen2_moe'],
  blueprint: (config) => describeQwen('qwen2moe', config, expertKeys(config), flag(config, 'qkv_bias', true)),
};

export const qwen3: Family = {
  architectures: ['Qwen3ForCausalLM'],
  modelTypes: ['qwen3'],
  blueprint: (config) => describeQwen('qwen3', config, {}, flag(config, 'attention_bias', false)),
};

export const qwen3Moe: Family = {
  architectures: ['Qwen3MoeForCausalLM'],
  modelTypes: ['qwen3_moe'],
  blueprint: (config) =>
    describeQwen('qwen3moe', config, expertKeys(config), flag(config, 'attention_bias', false)),
};

/**
 * Three of four layers are gated delta nets. The config of Qwen3-Next does not name the layer that predicts ahead, and the
 * files published of it leave that layer out, so it is left out here.
 */
export const qwen3Next: Family = {
  architectures: ['Qwen3NextForCausalLM'],
  modelTypes: ['qwen3_next'],
  blueprint: (config) =>
    describeQwen(
      'qwen3next',
      config,
      { ...expertKeys(config), ...deltaNetKeys(config, layerCount(config)) },
      false,
    ),
};

export const qwen35: Family = {
  architectures: ['Qwen3_5ForConditionalGeneration', 'Qwen3_5ForCausalLM'],
  modelTypes: ['qwen3_5', 'qwen3_5_text'],
  blueprint: (config) => describeQwen('qwen35', config, predictingKeys(config), false),
};

export const qwen35Moe: Family = {
  architectures: ['Qwen3_5MoeForConditionalGeneration', 'Qwen3_5MoeForCausalLM'],
  modelTypes: ['qwen3_5_moe', 'qwen3_5_moe_text'],
  blueprint: (config) =>
    describeQwen('qwen35moe', config, { ...expertKeys(config), ...predictingKeys(config) }, false),
};

/** Qwen 2 and 2.5 VL: the text model of Qwen 2, four positions a token. */
export const qwen2Vl: Family = {
  architectures: ['Qwen2VLModel', 'Qwen2VLForConditionalGeneration', 'Qwen2_5_VLForConditionalGeneration'],
  modelTypes: ['qwen2_vl', 'qwen2_5_vl'],
  blueprint: (config) =>
    describeQwen('qwen2vl', config, { 'rope.dimension_sections': mropeSections(config, [16, 24, 24]) }, true),
};

/** Qwen 3 VL: the first blocks also add what the images' encoder gave in passing (`conversion/qwen3vl.py`). */
export const qwen3Vl: Family = {
  architectures: ['Qwen3VLForConditionalGeneration'],
  modelTypes: ['qwen3_vl', 'qwen3_vl_text'],
  blueprint: (config) =>
    describeQwen('qwen3vl', config, visionKeys(config), flag(config, 'attention_bias', false)),
};

export const qwen3VlMoe: Family = {
  architectures: ['Qwen3VLMoeForConditionalGeneration'],
  modelTypes: ['qwen3_vl_moe', 'qwen3_vl_moe_text'],
  blueprint: (config) =>
    describeQwen(
      'qwen3vlmoe',
      config,
      { ...expertKeys(config), ...visionKeys(config) },
      flag(config, 'attention_bias', false),
    ),
};

function visionKeys(config: Config): Keys {
  const indexes = nested(config, 'vision_config')['deepstack_visual_indexes'];
  return {
    n_deepstack_layers: Array.isArray(indexes) ? indexes.length : 0,
    'rope.dimension_sections': mropeSections(config, [24, 20, 20]),
  };
}

function describeQwen(architecture: string, config: Config, added: Keys, attentionBias: boolean): Blueprint {
  return {
    metadata: describe(architecture, config, added),
    traits: { ...plainTraits, tiedEmbeddings: flag(config, 'tie_word_embeddings', false), attentionBias },
  };
}

function expertKeys(config: Config): Keys {
  return {
    expert_feed_forward_length: count(config, ['moe_intermediate_size']),
    expert_shared_feed_forward_length: countOrZero(config, ['shared_expert_intermediate_size']),
  };
}

/** Qwen 3.5 and 3.6: the config names the layers that predict ahead, and the converter appends them. */
function predictingKeys(config: Config): Keys {
  const ahead = countOrZero(config, ['mtp_num_hidden_layers'], MOST_LAYERS) ?? 0;
  const blocks = layerCount(config) + ahead;
  return {
    block_count: blocks,
    nextn_predict_layers: ahead === 0 ? null : ahead,
    'rope.dimension_sections': mropeSections(config, [11, 11, 10]),
    ...deltaNetKeys(config, blocks),
  };
}

function deltaNetKeys(config: Config, blocks: number): Keys {
  const valueHeads = need(config, ['linear_num_value_heads']);
  const types = layerTypes(config, layerCount(config));
  const rotated =
    decimal(ropeParameters(config), 'partial_rotary_factor') ??
    decimal(config, 'partial_rotary_factor') ??
    0.25;
  return {
    'ssm.conv_kernel': need(config, ['linear_conv_kernel_dim']),
    'ssm.state_size': need(config, ['linear_key_head_dim']),
    'ssm.group_count': need(config, ['linear_num_key_heads']),
    'ssm.time_step_rank': valueHeads,
    'ssm.inner_size': need(config, ['linear_value_head_dim']) * valueHeads,
    'attention.recurrent_layers':
      types === null
        ? null
        : Array.from({ length: blocks }, (_, layer) => (types[layer] === 'linear_attention' ? 1 : 0)),
    full_attention_interval: count(config, ['full_attention_interval']) ?? 4,
    'rope.dimension_count': Math.floor(headLength(config) * rotated),
  };
}

/** llama.cpp wants four sections; `usual` stands where a config names none. */
function mropeSections(config: Config, usual: readonly number[]): number[] {
  const named = ropeParameters(config)['mrope_section'];
  const known =
    Array.isArray(named) && named.every((part) => Number.isInteger(part)) ? (named as number[]) : usual;
  return [...known, 0, 0, 0, 0].slice(0, 4);
}
