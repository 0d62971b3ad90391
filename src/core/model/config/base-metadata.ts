import type { Metadata } from '../assemble-model';
import type { Config } from './config-fields';
import {
  contextLength,
  count,
  countOrZero,
  decimal,
  divided,
  MOST_EXPERTS,
  need,
  nested,
  text,
} from './config-fields';
import { MOST_LAYERS } from '../most-layers';

type Value = Metadata[string] | null;
/** Metadata without the architecture's prefix; null leaves a key out. */
export type Keys = Readonly<Record<string, Value>>;

/** Layers of the text model, without those that only predict ahead. */
export function layerCount(config: Config): number {
  return need(config, ['num_hidden_layers', 'n_layers', 'n_layer', 'num_layers'], MOST_LAYERS);
}

/** Elements of one attention head: `head_dim`, else the width shared evenly among the heads. */
export function headLength(config: Config): number {
  return (
    count(config, ['head_dim', 'attention_head_dim']) ??
    divided(
      need(config, ['hidden_size']),
      need(config, ['num_attention_heads']),
      'hidden_size over num_attention_heads',
    )
  );
}

/**
 * What llama.cpp's converter writes for every text model (`conversion/base.py: TextModel.set_gguf_parameters`), then what a
 * family adds or replaces.
 */
export function describe(architecture: string, config: Config, added: Keys): Metadata {
  return prefixed(architecture, { ...baseKeys(config), ...added });
}

/** Keys under an architecture's prefix; those that are null are left out. */
export function prefixed(architecture: string, keys: Keys): Metadata {
  const metadata: Metadata = { 'general.architecture': architecture };
  for (const [key, value] of Object.entries(keys)) {
    if (value !== null) metadata[`${architecture}.${key}`] = value;
  }
  return metadata;
}

/** `rope_parameters`, or `rope_scaling` in configs from before them; those of full attention where they differ by layer. */
export function ropeParameters(config: Config): Config {
  const all = config['rope_parameters'] ? nested(config, 'rope_parameters') : nested(config, 'rope_scaling');
  const full = nested(all, 'full_attention');
  return Object.keys(full).length > 0 ? full : all;
}

/** How positions are scaled beyond the trained length, by the names that configs use (`llama3`, `longrope`, `yarn`); null for not at all. */
export function ropeType(config: Config): string | null {
  const parameters = ropeParameters(config);
  return text(parameters, 'rope_type') ?? text(parameters, 'type');
}

function baseKeys(config: Config): Keys {
  const heads = need(config, ['num_attention_heads']);
  const experts = expertKeys(config);
  return {
    block_count: layerCount(config),
    context_length: contextLength(config),
    embedding_length: need(config, ['hidden_size']),
    feed_forward_length: countOrZero(config, ['intermediate_size']),
    'attention.head_count': heads,
    'attention.head_count_kv': count(config, ['num_key_value_heads']) ?? heads,
    'attention.key_length': headLength(config),
    'attention.value_length': headLength(config),
    'attention.layer_norm_rms_epsilon': decimal(config, 'rms_norm_eps') ?? decimal(config, 'norm_eps'),
    'rope.freq_base': decimal(ropeParameters(config), 'rope_theta') ?? decimal(config, 'rope_theta'),
    'rope.dimension_count': headLength(config),
    vocab_size: need(config, ['vocab_size']),
    ...experts,
  };
}

function expertKeys(config: Config): Keys {
  const experts = countOrZero(config, ['num_local_experts', 'num_experts', 'n_routed_experts'], MOST_EXPERTS);
  if (experts === null || experts === 0) return {};
  return {
    expert_count: experts,
    expert_used_count: count(
      config,
      ['num_experts_per_tok', 'num_experts_per_token', 'top_k_experts'],
      experts,
    ),
    expert_group_count: countOrZero(config, ['n_group']),
    expert_group_used_count: countOrZero(config, ['topk_group']),
    expert_gating_func: gatingFunction(config),
  };
}

/** llama.cpp's numbers of how router scores become weights; null where the config does not say. */
const gatingFunctions: Readonly<Record<string, number>> = { softmax: 1, sigmoid: 2, sqrtsoftplus: 4 };

function gatingFunction(config: Config): number | null {
  const names = [
    'score_function',
    'scoring_func',
    'score_func',
    'moe_router_activation',
    'moe_router_activation_func',
    'expert_selection_fn',
  ];
  const said = names.map((name) => text(config, name)).find((value) => value !== null) ?? null;
  return said !== null && Object.hasOwn(gatingFunctions, said) ? gatingFunctions[said]! : null;
}
