import type { Keys } from '../base-metadata';
import { describe, layerCount, ropeParameters } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, layerTypes, need, nested } from '../config-fields';

/** The first Gemma: Llama's tensors, and the output is the embedding. */
export const gemma: Family = {
  architectures: ['GemmaForCausalLM'],
  modelTypes: ['gemma'],
  blueprint: (config) => describeGemma('gemma', config, {}),
};

/** Every second layer has a window (`conversion/gemma.py`). The output is the token embedding in all of Gemma. */
export const gemma2: Family = {
  architectures: ['Gemma2ForCausalLM'],
  modelTypes: ['gemma2'],
  blueprint: (config) =>
    describeGemma('gemma2', config, {
      'attention.sliding_window': count(config, ['sliding_window']) ?? 4096,
    }),
};

/** Five of six layers have a window. The published configs leave out what has these defaults. */
export const gemma3: Family = {
  architectures: ['Gemma3ForCausalLM', 'Gemma3ForConditionalGeneration'],
  modelTypes: ['gemma3', 'gemma3_text'],
  blueprint: (config) => {
    const whole = { ...gemma3Defaults, ...withoutNulls(config) };
    return describeGemma('gemma3', whole, {
      'attention.sliding_window': need(whole, ['sliding_window']),
      vocab_size: Math.min(need(whole, ['vocab_size']), GEMMA_3_PIECES),
    });
  },
};

/** Alternating updates, per-layer embeddings, and late layers that share the cache of earlier ones. */
export const gemma3n: Family = {
  architectures: ['Gemma3nForCausalLM', 'Gemma3nForConditionalGeneration'],
  modelTypes: ['gemma3n', 'gemma3n_text'],
  blueprint: (config) => {
    const feedForward = config['intermediate_size'];
    const width = Array.isArray(feedForward) ? { ...config, intermediate_size: feedForward[0] } : config;
    return describeGemma('gemma3n', width, {
      'attention.sliding_window': need(config, ['sliding_window']),
      'attention.sliding_window_pattern': windowPattern(config),
      'attention.shared_kv_layers': countOrZero(config, ['num_kv_shared_layers']),
      'altup.num_inputs': count(config, ['altup_num_inputs']) ?? 4,
      'altup.active_idx': countOrZero(config, ['altup_active_idx']),
      embedding_length_per_layer_input: need(config, ['hidden_size_per_layer_input']),
    });
  },
};

/** Heads of two sizes: wide in layers with full attention, narrow in those with a window. */
export const gemma4: Family = {
  architectures: [
    'Gemma4ForConditionalGeneration',
    'Gemma4ForCausalLM',
    'Gemma4UnifiedForConditionalGeneration',
  ],
  modelTypes: ['gemma4', 'gemma4_text', 'gemma4_unified', 'gemma4_unified_text'],
  blueprint: (config) => {
    const described = describeGemma('gemma4', config, gemma4Keys(config));
    const traits = {
      ...described.traits,
      valuesAreKeys: flag(config, 'attention_k_eq_v', false),
      ropeFactors: 'frequencies' as const,
    };
    return { ...described, traits };
  },
};

/** Entries of Gemma 3's tokenizer: the converter cuts the rows of the embedding that lie beyond them. */
const GEMMA_3_PIECES = 262144;

/** `Gemma3TextConfig` in transformers. */
const gemma3Defaults = {
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  vocab_size: 262208,
  max_position_embeddings: 131072,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
};

function describeGemma(architecture: string, config: Config, added: Keys): Blueprint {
  const softcap = decimal(config, 'final_logit_softcapping');
  return {
    metadata: describe(architecture, config, { final_logit_softcapping: softcap, ...added }),
    traits: { ...plainTraits, tiedEmbeddings: true },
  };
}

function gemma4Keys(config: Config): Keys {
  const shared = countOrZero(config, ['num_kv_shared_layers']) ?? 0;
  const full = need(config, ['global_head_dim']);
  const narrow = need(config, ['head_dim']);
  const swaRope = nested(nested(config, 'rope_parameters'), 'sliding_attention');
  return {
    'attention.key_length': full,
    'attention.value_length': full,
    'attention.key_length_swa': narrow,
    'attention.value_length_swa': narrow,
    'rope.dimension_count': full,
    'rope.dimension_count_swa': narrow,
    'rope.freq_base': decimal(ropeParameters(config), 'rope_theta'),
    'rope.freq_base_swa': decimal(swaRope, 'rope_theta'),
    'attention.sliding_window': need(config, ['sliding_window']),
    'attention.sliding_window_pattern': windowPattern(config),
    'attention.shared_kv_layers': shared,
    'attention.head_count_kv': keyValueHeads(config),
    embedding_length_per_layer_input: countOrZero(config, ['hidden_size_per_layer_input']) ?? 0,
    feed_forward_length: feedForwardLengths(config, shared),
    expert_feed_forward_length: count(config, ['expert_intermediate_size', 'moe_intermediate_size']),
  };
}

/** One number where all layers agree; an array where full attention has heads of its own number. */
function keyValueHeads(config: Config): number | number[] {
  const narrow = need(config, ['num_key_value_heads']);
  const full = count(config, ['num_global_key_value_heads']);
  return full === null ? narrow : windowPattern(config).map((window) => (window === 1 ? narrow : full));
}

/** The layers that share a cache may have a feed-forward part twice as wide. */
function feedForwardLengths(config: Config, shared: number): number | number[] {
  const width = need(config, ['intermediate_size']);
  if (!flag(config, 'use_double_wide_mlp', false)) return width;
  const layers = layerCount(config);
  return Array.from({ length: layers }, (_, layer) => (layer < layers - shared ? width : 2 * width));
}

/** 1 for a layer with a window, 0 for one with full attention. Without `layer_types`, every sixth (fifth in 3n) is full. */
function windowPattern(config: Config): number[] {
  const layers = layerCount(config);
  const types = layerTypes(config, layers);
  const period = config['altup_num_inputs'] === undefined ? 6 : 5;
  return Array.from({ length: layers }, (_, layer) =>
    (types === null ? (layer + 1) % period !== 0 : types[layer] === 'sliding_attention') ? 1 : 0,
  );
}

function withoutNulls(config: Config): Config {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}
