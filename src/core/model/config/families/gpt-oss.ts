import { describe } from '../base-metadata';
import type { Family } from '../blueprint';
import { plainTraits } from '../blueprint';
import { flag, need } from '../config-fields';

/** Every second layer has a window; biases everywhere, experts among them (`conversion/gpt_oss.py`). */
export const gptOss: Family = {
  architectures: ['GptOssForCausalLM'],
  modelTypes: ['gpt_oss'],
  blueprint: (config) => ({
    metadata: describe('gpt-oss', config, {
      'attention.sliding_window': need(config, ['sliding_window']),
      expert_feed_forward_length: need(config, ['intermediate_size']),
    }),
    traits: { ...plainTraits, tiedEmbeddings: flag(config, 'tie_word_embeddings', false) },
  }),
};
