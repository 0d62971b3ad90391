import type { CatalogRecord } from '../record';
import { layerPattern } from '../record';

const gemma2 = {
  architectures: ['Gemma2ForCausalLM'],
  model_type: 'gemma2',
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  vocab_size: 256000,
};

const gemma3 = (text: Readonly<Record<string, unknown>>): CatalogRecord['config'] => ({
  architectures: ['Gemma3ForConditionalGeneration'],
  model_type: 'gemma3',
  text_config: { ...text, model_type: 'gemma3_text', sliding_window: 1024 },
});

/** Five layers with a window, then one with full attention. */
const everySixth = [...Array.from({ length: 5 }, () => 'sliding_attention'), 'full_attention'];

const gemma4 = (text: Readonly<Record<string, unknown>>, layers: number): CatalogRecord['config'] => ({
  architectures: ['Gemma4ForConditionalGeneration'],
  model_type: 'gemma4',
  tie_word_embeddings: true,
  text_config: {
    ...text,
    model_type: 'gemma4_text',
    attention_bias: false,
    final_logit_softcapping: 30,
    global_head_dim: 512,
    head_dim: 256,
    num_hidden_layers: layers,
    layer_types: layerPattern(layers, everySixth),
    rms_norm_eps: 1e-6,
    rope_parameters: {
      full_attention: { partial_rotary_factor: 0.25, rope_theta: 1000000, rope_type: 'proportional' },
      sliding_attention: { rope_theta: 10000, rope_type: 'default' },
    },
    vocab_size: 262144,
  },
});

/** Google's Gemma 2, 3 and 4. */
export const gemmaRecords: readonly CatalogRecord[] = [
  {
    name: 'gemma-2-9b',
    title: 'Gemma 2 9B',
    released: '2024-06',
    repository: 'google/gemma-2-9b-it',
    verified: true,
    config: {
      ...gemma2,
      head_dim: 256,
      hidden_size: 3584,
      intermediate_size: 14336,
      num_hidden_layers: 42,
      num_attention_heads: 16,
      num_key_value_heads: 8,
    },
  },
  {
    name: 'gemma-2-27b',
    title: 'Gemma 2 27B',
    released: '2024-06',
    repository: 'google/gemma-2-27b-it',
    verified: true,
    config: {
      ...gemma2,
      head_dim: 128,
      hidden_size: 4608,
      intermediate_size: 36864,
      num_hidden_layers: 46,
      num_attention_heads: 32,
      num_key_value_heads: 16,
    },
  },
  {
    name: 'gemma-3-4b',
    title: 'Gemma 3 4B',
    released: '2025-03',
    repository: 'google/gemma-3-4b-it',
    verified: true,
    // This config leaves heads, head length and vocabulary to the defaults of its class.
    config: gemma3({ hidden_size: 2560, intermediate_size: 10240, num_hidden_layers: 34 }),
  },
  {
    name: 'gemma-3-12b',
    title: 'Gemma 3 12B',
    released: '2025-03',
    repository: 'google/gemma-3-12b-it',
    verified: true,
    config: gemma3({
      hidden_size: 3840,
      intermediate_size: 15360,
      num_hidden_layers: 48,
      num_attention_heads: 16,
      num_key_value_heads: 8,
    }),
  },
  {
    name: 'gemma-3-27b',
    title: 'Gemma 3 27B',
    released: '2025-03',
    repository: 'google/gemma-3-27b-it',
    verified: true,
    config: gemma3({
      head_dim: 128,
      hidden_size: 5376,
      intermediate_size: 21504,
      num_hidden_layers: 62,
      num_attention_heads: 32,
      num_key_value_heads: 16,
    }),
  },
  {
    name: 'gemma-4-e4b',
    title: 'Gemma 4 E4B',
    released: '2026-04',
    repository: 'google/gemma-4-E4B-it',
    verified: true,
    config: gemma4(
      {
        attention_k_eq_v: false,
        hidden_size: 2560,
        hidden_size_per_layer_input: 256,
        intermediate_size: 10240,
        max_position_embeddings: 131072,
        num_attention_heads: 8,
        num_key_value_heads: 2,
        num_kv_shared_layers: 18,
        sliding_window: 512,
        use_double_wide_mlp: false,
      },
      42,
    ),
  },
  {
    name: 'gemma-4-26b-a4b',
    title: 'Gemma 4 26B A4B',
    released: '2026-04',
    repository: 'google/gemma-4-26B-A4B-it',
    verified: true,
    config: gemma4(
      {
        attention_k_eq_v: true,
        hidden_size: 2816,
        hidden_size_per_layer_input: 0,
        intermediate_size: 2112,
        max_position_embeddings: 262144,
        moe_intermediate_size: 704,
        num_attention_heads: 16,
        num_experts: 128,
        top_k_experts: 8,
        num_global_key_value_heads: 2,
        num_key_value_heads: 8,
        num_kv_shared_layers: 0,
        sliding_window: 1024,
        use_double_wide_mlp: false,
      },
      30,
    ),
  },
  {
    name: 'gemma-4-31b',
    title: 'Gemma 4 31B',
    released: '2026-04',
    repository: 'google/gemma-4-31B-it',
    verified: true,
    config: gemma4(
      {
        attention_k_eq_v: true,
        hidden_size: 5376,
        hidden_size_per_layer_input: 0,
        intermediate_size: 21504,
        max_position_embeddings: 262144,
        num_attention_heads: 32,
        num_global_key_value_heads: 4,
        num_key_value_heads: 16,
        num_kv_shared_layers: 0,
        sliding_window: 1024,
        use_double_wide_mlp: false,
      },
      60,
    ),
  },
];
