import { describe } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { count, flag, need } from '../config-fields';

/** MiniMax M2: experts in every layer, norms of queries and keys over all heads (`conversion/minimax.py: MiniMaxM2Model`). */
export const minimaxM2: Family = {
  architectures: ['MiniMaxM2ForCausalLM'],
  modelTypes: ['minimax_m2'],
  blueprint: (config) => ({
    metadata: describe('minimax-m2', config, {
      expert_feed_forward_length: need(config, ['intermediate_size']),
      'rope.dimension_count': count(config, ['rotary_dim']) ?? need(config, ['head_dim']),
      // a sigmoid, as the published models' scoring_func
      expert_gating_func: 2,
    }),
    traits: {
      ...plainTraits,
      tiedEmbeddings: flag(config, 'tie_word_embeddings', false),
      routerBias: true,
    },
  }),
};
