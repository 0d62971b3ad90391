import type { Keys } from '../base-metadata';
import { layerCount, prefixed } from '../base-metadata';
import type { Blueprint, Family, Traits } from '../blueprint';
import { plainTraits } from '../blueprint';
import type { Config } from '../config-fields';
import { count, decimal, divided, flag, need } from '../config-fields';

/** Mamba and FalconMamba (`conversion/mamba.py: MambaModel`). */
export const mamba: Family = {
  architectures: ['MambaForCausalLM', 'MambaLMHeadModel', 'FalconMambaForCausalLM'],
  modelTypes: ['mamba', 'falcon_mamba'],
  blueprint: (config) => {
    const width = widthOf(config);
    return describeMamba('mamba', config, 8, {
      'ssm.inner_size': count(config, ['intermediate_size', 'd_inner']) ?? 2 * width,
      'ssm.state_size': count(config, ['state_size', 'd_state']) ?? 16,
      'ssm.time_step_rank': count(config, ['time_step_rank', 'dt_rank']) ?? Math.ceil(width / 16),
      'ssm.dt_b_c_rms': config['model_type'] === 'falcon_mamba',
    });
  },
};

/** Mamba 2: heads of 64 where the config names none (`Mamba2Model`). */
export const mamba2: Family = {
  architectures: ['Mamba2ForCausalLM'],
  modelTypes: ['mamba2'],
  blueprint: (config) => {
    const expanded = (count(config, ['mamba_expand', 'expand']) ?? 2) * widthOf(config);
    const inner = count(config, ['mamba_d_ssm', 'intermediate_size', 'd_inner']) ?? expanded;
    const head = count(config, ['mamba_d_head', 'head_dim']) ?? 64;
    return describeMamba('mamba2', config, 16, {
      'ssm.inner_size': inner,
      'ssm.state_size': count(config, ['state_size', 'd_state']) ?? 128,
      'ssm.time_step_rank': divided(inner, head, 'the inner width over head_dim'),
      'ssm.group_count': count(config, ['n_groups']) ?? 1,
    });
  },
};

/** What the converter writes as context of models that need no positions: "arbitrary" in its own words. */
const UNBOUNDED_CONTEXT = 2 ** 20;

function describeMamba(architecture: string, config: Config, vocabularyStep: number, own: Keys): Blueprint {
  const step = count(config, ['pad_vocab_size_multiple']) ?? vocabularyStep;
  return {
    metadata: prefixed(architecture, {
      block_count: layerCount(config),
      context_length: UNBOUNDED_CONTEXT,
      embedding_length: widthOf(config),
      feed_forward_length: 0,
      'attention.head_count': 0,
      'attention.layer_norm_rms_epsilon':
        decimal(config, 'layer_norm_epsilon') ?? decimal(config, 'rms_norm_eps') ?? 1e-5,
      'ssm.conv_kernel': count(config, ['conv_kernel', 'd_conv']) ?? 4,
      // padded, as the published weights are
      vocab_size: Math.ceil(need(config, ['vocab_size']) / step) * step,
      ...own,
    }),
    traits: traitsOf(config),
  };
}

function widthOf(config: Config): number {
  return need(config, ['hidden_size', 'd_model', 'dim']);
}

function traitsOf(config: Config): Traits {
  const tied = flag(config, 'tie_word_embeddings', flag(config, 'tie_embeddings', false));
  return { ...plainTraits, tiedEmbeddings: tied, convolutionBias: true };
}
