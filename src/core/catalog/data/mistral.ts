import type { CatalogRecord } from '../record';

const mistral = {
  architectures: ['MistralForCausalLM'],
  model_type: 'mistral',
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  sliding_window: null,
  tie_word_embeddings: false,
};

const mixtral = {
  architectures: ['MixtralForCausalLM'],
  model_type: 'mixtral',
  num_local_experts: 8,
  num_experts_per_tok: 2,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: false,
  vocab_size: 32000,
};

const twentyFourBillion = {
  head_dim: 128,
  hidden_size: 5120,
  intermediate_size: 32768,
  num_hidden_layers: 40,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  sliding_window: null,
  vocab_size: 131072,
};

/** Mistral AI's dense models and mixtures. */
export const mistralRecords: readonly CatalogRecord[] = [
  {
    name: 'mistral-7b-v0.3',
    title: 'Mistral 7B v0.3',
    released: '2024-05',
    repository: 'mistralai/Mistral-7B-Instruct-v0.3',
    verified: true,
    config: {
      ...mistral,
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      max_position_embeddings: 32768,
      rope_theta: 1000000,
      vocab_size: 32768,
    },
  },
  {
    name: 'mistral-nemo-12b',
    title: 'Mistral Nemo 12B',
    released: '2024-07',
    repository: 'mistralai/Mistral-Nemo-Instruct-2407',
    verified: false,
    config: {
      ...mistral,
      head_dim: 128,
      hidden_size: 5120,
      intermediate_size: 14336,
      num_hidden_layers: 40,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      max_position_embeddings: 131072,
      rope_theta: 1000000,
      vocab_size: 131072,
    },
  },
  {
    name: 'mistral-small-3.2-24b',
    title: 'Mistral Small 3.2 24B',
    released: '2025-06',
    repository: 'mistralai/Mistral-Small-3.2-24B-Instruct-2506',
    verified: true,
    config: {
      architectures: ['Mistral3ForConditionalGeneration'],
      model_type: 'mistral3',
      tie_word_embeddings: false,
      text_config: {
        ...twentyFourBillion,
        model_type: 'mistral',
        max_position_embeddings: 131072,
        rope_theta: 1000000000,
      },
    },
  },
  {
    name: 'devstral-small-2-24b',
    title: 'Devstral Small 2 24B',
    released: '2025-12',
    repository: 'mistralai/Devstral-Small-2-24B-Instruct-2512',
    verified: true,
    config: {
      architectures: ['Mistral3ForConditionalGeneration'],
      model_type: 'mistral3',
      tie_word_embeddings: false,
      text_config: {
        ...twentyFourBillion,
        model_type: 'ministral3',
        max_position_embeddings: 393216,
        rope_parameters: {
          rope_type: 'yarn',
          rope_theta: 100000000,
          original_max_position_embeddings: 8192,
          factor: 48,
        },
      },
    },
  },
  {
    name: 'mixtral-8x7b',
    title: 'Mixtral 8x7B',
    released: '2023-12',
    repository: 'mistralai/Mixtral-8x7B-Instruct-v0.1',
    verified: true,
    config: {
      ...mixtral,
      hidden_size: 4096,
      intermediate_size: 14336,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      max_position_embeddings: 32768,
    },
  },
  {
    name: 'mixtral-8x22b',
    title: 'Mixtral 8x22B',
    released: '2024-04',
    repository: 'mistralai/Mixtral-8x22B-v0.1',
    verified: true,
    config: {
      ...mixtral,
      hidden_size: 6144,
      intermediate_size: 16384,
      num_hidden_layers: 56,
      num_attention_heads: 48,
      max_position_embeddings: 65536,
    },
  },
];
