import { describe, layerCount } from '../base-metadata';
import type { Blueprint, Family } from '../blueprint';
import type { Config } from '../config-fields';
import { count, countOrZero, decimal, flag, layerTypes, MOST_EXPERTS, need } from '../config-fields';
import { llamaTraits } from './llama';

/** Granite 3 with experts: `intermediate_size` is the width of one expert (`conversion/granite.py`). */
export const graniteMoe: Family = {
  architectures: ['GraniteMoeForCausalLM', 'GraniteMoeSharedForCausalLM'],
  modelTypes: ['granitemoe', 'granitemoeshared'],
  blueprint: (config) => describeGranite('granitemoe', config),
};

/** Granite 4: mostly Mamba 2, a few layers of attention; without any Mamba layer it is a Granite 3. */
export const graniteHybrid: Family = {
  architectures: ['GraniteMoeHybridForCausalLM'],
  modelTypes: ['granitemoehybrid'],
  blueprint: (config) => {
    const layers = layerCount(config);
    const types = layerTypes(config, layers) ?? Array.from({ length: layers }, () => 'mamba');
    if (types.every((type) => type === 'attention')) {
      return describeGranite(expertsOf(config) > 0 ? 'granitemoe' : 'granite', config);
    }
    return describeHybrid(config, types);
  },
};

/** What the converter writes as context of models that need no positions: 2^20, "arbitrary" in its own words. */
const UNBOUNDED_CONTEXT = 2 ** 20;

function describeGranite(architecture: string, config: Config): Blueprint {
  return {
    metadata: describe(architecture, withoutHeadLength(config), {
      expert_shared_feed_forward_length: expertsOf(config) > 0 ? sharedWidth(config) : null,
      ...(expertsOf(config) > 0
        ? {}
        : { feed_forward_length: sharedWidth(config) ?? need(config, ['intermediate_size']) }),
    }),
    traits: llamaTraits(config),
  };
}

function describeHybrid(config: Config, types: readonly string[]): Blueprint {
  const { metadata, traits } = describeGranite('granitehybrid', config);
  const heads = need(config, ['mamba_n_heads']);
  const keyValueHeads = need(config, ['num_key_value_heads']);
  const own = {
    'granitehybrid.attention.head_count_kv': types.map((type) => (type === 'attention' ? keyValueHeads : 0)),
    'granitehybrid.context_length': UNBOUNDED_CONTEXT,
    'granitehybrid.ssm.conv_kernel': need(config, ['mamba_d_conv']),
    'granitehybrid.ssm.inner_size': (count(config, ['mamba_expand']) ?? 2) * need(config, ['hidden_size']),
    'granitehybrid.ssm.state_size': need(config, ['mamba_d_state']),
    'granitehybrid.ssm.time_step_rank': heads,
    'granitehybrid.ssm.group_count': count(config, ['mamba_n_groups']) ?? 1,
    'granitehybrid.rope.scaling.finetuned': false,
    ...scaleOf('attention.scale', decimal(config, 'attention_multiplier')),
  };
  return {
    metadata: { ...metadata, ...own },
    traits: { ...traits, convolutionBias: flag(config, 'mamba_conv_bias', true) },
  };
}

function scaleOf(key: string, value: number | null): Record<string, number> {
  return value === null ? {} : { [`granitehybrid.${key}`]: value };
}

/** The converter ignores a `head_dim` of Granite. */
function withoutHeadLength(config: Config): Config {
  return { ...config, head_dim: null };
}

function expertsOf(config: Config): number {
  return countOrZero(config, ['num_local_experts'], MOST_EXPERTS) ?? 0;
}

function sharedWidth(config: Config): number | null {
  const width = countOrZero(config, ['shared_intermediate_size']);
  return width === 0 ? null : width;
}
