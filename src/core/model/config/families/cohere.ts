import { describe, headLength } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { contextLength, count, decimal, need } from '../config-fields';

const tied = { ...plainTraits, tiedEmbeddings: true };

/** Command R: attention and feed-forward side by side under one norm (`conversion/command_r.py`). */
export const cohere: Family = {
  architectures: ['CohereForCausalLM'],
  modelTypes: ['cohere'],
  blueprint: (config) => ({
    metadata: describe('command-r', config, {
      context_length: count(config, ['model_max_length']) ?? contextLength(config),
      'attention.layer_norm_epsilon': decimal(config, 'layer_norm_eps'),
      logit_scale: decimal(config, 'logit_scale'),
    }),
    traits: tied,
  }),
};

/** Command R7B and Command A: three of four layers have a window. */
export const cohere2: Family = {
  architectures: ['Cohere2ForCausalLM'],
  modelTypes: ['cohere2'],
  blueprint: (config) => ({
    metadata: describe('cohere2', config, {
      'attention.sliding_window': need(config, ['sliding_window']),
      'attention.layer_norm_epsilon': decimal(config, 'layer_norm_eps'),
      'rope.dimension_count': Math.floor(headLength(config) * (decimal(config, 'rotary_pct') ?? 1)),
      logit_scale: decimal(config, 'logit_scale'),
    }),
    traits: tied,
  }),
};
