import type { CatalogRecord } from '../record';
import { layerPattern } from '../record';

const qwen35Text = {
  attention_bias: false,
  full_attention_interval: 4,
  head_dim: 256,
  linear_conv_kernel_dim: 4,
  linear_key_head_dim: 128,
  linear_num_key_heads: 16,
  linear_value_head_dim: 128,
  max_position_embeddings: 262144,
  mtp_num_hidden_layers: 1,
  rms_norm_eps: 1e-6,
  vocab_size: 248320,
  rope_parameters: {
    mrope_section: [11, 11, 10],
    rope_type: 'default',
    rope_theta: 10000000,
    partial_rotary_factor: 0.25,
  },
};

/** Three gated delta nets, then full attention. */
const everyFourth = ['linear_attention', 'linear_attention', 'linear_attention', 'full_attention'];

const qwen35 = (text: Readonly<Record<string, unknown>>, layers: number): CatalogRecord['config'] => ({
  architectures: ['Qwen3_5ForConditionalGeneration'],
  model_type: 'qwen3_5',
  tie_word_embeddings: false,
  text_config: {
    ...qwen35Text,
    ...text,
    model_type: 'qwen3_5_text',
    num_hidden_layers: layers,
    layer_types: layerPattern(layers, everyFourth),
  },
});

const qwen35Moe = (text: Readonly<Record<string, unknown>>, layers: number): CatalogRecord['config'] => ({
  ...qwen35({ ...text, num_experts: 256, num_experts_per_tok: 8, num_key_value_heads: 2 }, layers),
  architectures: ['Qwen3_5MoeForConditionalGeneration'],
  model_type: 'qwen3_5_moe',
});

/** Alibaba's Qwen 3.5: gated delta nets with full attention in every fourth layer. */
export const qwen35Records: readonly CatalogRecord[] = [
  {
    name: 'qwen3.5-9b',
    title: 'Qwen3.5 9B',
    released: '2026-03',
    repository: 'Qwen/Qwen3.5-9B',
    verified: true,
    config: qwen35(
      {
        hidden_size: 4096,
        intermediate_size: 12288,
        linear_num_value_heads: 32,
        num_attention_heads: 16,
        num_key_value_heads: 4,
      },
      32,
    ),
  },
  {
    name: 'qwen3.5-27b',
    title: 'Qwen3.5 27B',
    released: '2026-02',
    repository: 'Qwen/Qwen3.5-27B',
    verified: true,
    config: qwen35(
      {
        hidden_size: 5120,
        intermediate_size: 17408,
        linear_num_value_heads: 48,
        num_attention_heads: 24,
        num_key_value_heads: 4,
      },
      64,
    ),
  },
  {
    name: 'qwen3.5-35b-a3b',
    title: 'Qwen3.5 35B A3B',
    released: '2026-02',
    repository: 'Qwen/Qwen3.5-35B-A3B',
    verified: true,
    config: qwen35Moe(
      {
        hidden_size: 2048,
        linear_num_value_heads: 32,
        moe_intermediate_size: 512,
        num_attention_heads: 16,
        shared_expert_intermediate_size: 512,
      },
      40,
    ),
  },
  {
    name: 'qwen3.5-122b-a10b',
    title: 'Qwen3.5 122B A10B',
    released: '2026-02',
    repository: 'Qwen/Qwen3.5-122B-A10B',
    verified: true,
    config: qwen35Moe(
      {
        hidden_size: 3072,
        linear_num_value_heads: 64,
        moe_intermediate_size: 1024,
        num_attention_heads: 32,
        shared_expert_intermediate_size: 1024,
      },
      48,
    ),
  },
];
