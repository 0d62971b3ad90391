import { describe } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { count, divided, flag, need } from '../config-fields';

/** Attention and Mamba 2 side by side in every layer (`conversion/falcon_h1.py`). */
export const falconH1: Family = {
  architectures: ['FalconH1ForCausalLM'],
  modelTypes: ['falcon_h1'],
  blueprint: (config) => {
    const inner = need(config, ['mamba_d_ssm']);
    const bias = flag(config, 'attention_bias', false);
    return {
      metadata: describe('falcon-h1', config, {
        'ssm.conv_kernel': count(config, ['mamba_d_conv']) ?? 4,
        'ssm.inner_size': inner,
        'ssm.state_size': count(config, ['mamba_d_state']) ?? 128,
        'ssm.time_step_rank':
          count(config, ['mamba_n_heads']) ??
          divided(inner, need(config, ['mamba_d_head']), 'mamba_d_ssm over mamba_d_head'),
        'ssm.group_count': count(config, ['mamba_n_groups']) ?? 1,
      }),
      traits: {
        ...plainTraits,
        tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
        attentionBias: bias,
        attentionOutputBias: bias,
        feedForwardBias: flag(config, 'mlp_bias', false),
        convolutionBias: flag(config, 'mamba_conv_bias', true),
        recurrentNorm: flag(config, 'mamba_rms_norm', false),
      },
    };
  },
};
