import { tensorTypes } from '../../src/core/model/tensor-types';
import {
  number32,
  numbers32,
  strings,
  text,
  writeGguf,
  type Pair,
  type TensorEntry,
} from '../core/model/gguf/write-gguf';
import { extremes, type Random } from './random';

const architectures =
  'llama qwen3moe qwen3next gemma3 gemma4 deepseek2 mamba2 falcon-h1 lfm2 novel clip'.split(' ');
const keys =
  'block_count embedding_length context_length feed_forward_length vocab_size attention.head_count attention.head_count_kv attention.key_length attention.value_length attention.sliding_window attention.sliding_window_pattern attention.kv_lora_rank attention.key_length_mla attention.value_length_mla attention.shared_kv_layers expert_count expert_used_count ssm.conv_kernel ssm.inner_size ssm.state_size ssm.group_count full_attention_interval nextn_predict_layers shortconv.l_cache num_loops'.split(
    ' ',
  );
const names =
  'token_embd.weight output.weight output_norm.weight blk.0.attn_q.weight blk.1.ffn_up_exps.weight blk.9999.attn_k.weight rope_freqs.weight'.split(
    ' ',
  );

/** A header made of its parts, some of them as no writer would make them. */
export function brokenGguf(random: Random): Uint8Array {
  const pairs = pairsFor(random.pick(architectures), random);
  const tensors = tensorsFor(random);
  return writeGguf({
    version: random.chance(0.05) ? random.below(8) : random.chance(0.5) ? 3 : 2,
    pairs,
    tensors,
    ...(random.chance(0.1) ? { tensorCount: random.pick(extremes) } : {}),
    ...(random.chance(0.1) ? { pairCount: random.pick(extremes) } : {}),
    dataBytes: random.below(4096),
  });
}

function pairsFor(architecture: string, random: Random): Pair[] {
  const own = keys
    .filter(() => random.chance(0.6))
    .map((key) => {
      const { type, value } = valueFor(random);
      return { key: `${architecture}.${key}`, type, value };
    });
  const general = [
    text('general.architecture', architecture),
    number32('general.alignment', random.chance(0.1) ? Number(random.pick(extremes) % 2n ** 32n) : 32),
    number32('general.file_type', random.below(50)),
    strings('tokenizer.ggml.tokens', ['<s>', 'ß', 'x'.repeat(random.below(300))]),
  ];
  const pairs = [...general, ...own];
  if (random.chance(0.05)) pairs.push(random.pick(pairs));
  return pairs.filter(() => random.chance(0.97));
}

function valueFor(random: Random): { type: number; value: unknown } {
  const small = random.below(70);
  switch (random.below(12)) {
    case 0:
      return { type: 10, value: BigInt.asIntN(64, random.pick(extremes)) };
    case 1:
      return numbers32(
        '',
        Array.from({ length: random.below(70) }, () => random.below(9)),
      );
    case 2:
      // a list that claims far more than it holds
      return { type: 9, value: { type: 4, items: [1], count: random.pick(extremes) } };
    case 3:
      return { type: 9, value: { type: 8, items: ['a'], count: random.pick(extremes) } };
    case 4:
      return { type: 9, value: { type: 9, items: [] } };
    case 5:
      return { type: random.pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15]), value: small };
    case 6:
      return { type: 8, value: String(random.pick(extremes)) };
    case 7:
      return { type: 6, value: random.pick([0, -1, 1e38, Number.NaN, Number.POSITIVE_INFINITY]) };
    default:
      return { type: 4, value: small };
  }
}

function tensorsFor(random: Random): TensorEntry[] {
  const tensors: TensorEntry[] = [];
  let offset = 0;
  for (let count = random.below(8); count > 0; count--) {
    const dimensions = Array.from({ length: random.below(6) }, () =>
      random.chance(0.15) ? BigInt.asIntN(64, random.pick(extremes)) : 32 * (1 + random.below(8)),
    );
    const type = random.chance(0.1) ? random.below(64) : random.pick(tensorTypes).name;
    const place = random.chance(0.1) ? BigInt.asIntN(64, random.pick(extremes)) : offset;
    tensors.push({
      name: `${random.pick(names)}${random.chance(0.7) ? count : ''}`,
      dimensions,
      type,
      offset: place,
    });
    offset += 32 * random.below(64);
  }
  return tensors;
}
