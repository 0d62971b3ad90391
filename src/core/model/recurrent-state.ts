import type { LayerMemory } from './schema';
import type { ModelFields } from './metadata-fields';

/** Architectures that do not read `ssm.group_count` (llama.cpp v0.5.0 `src/models/{mamba,jamba}.cpp`). */
const ungrouped = new Set(['mamba', 'jamba']);

/**
 * Elements of a recurrent layer's state (llama.cpp v0.5.0 `src/llama-hparams.cpp: n_embd_r, n_embd_s`): RWKV, short convolution,
 * Kimi delta attention, lightning attention, else Mamba and gated delta net. Null where the file lacks a size it needs.
 */
export function recurrentState(
  architecture: string,
  fields: ModelFields,
  headCount: number,
): LayerMemory['state'] {
  const width = fields.count('embedding_length');
  if (width === null) return null;
  const wkv = fields.count('wkv.head_size') ?? 0;
  if (wkv > 0) return state((fields.count('token_shift_count') ?? 2) * width, width * wkv);
  const shortConvolution = fields.count('shortconv.l_cache') ?? 0;
  if (shortConvolution > 0) return state(width * (shortConvolution - 1), 0);
  const kda = fields.count('kda.head_dim') ?? 0;
  if (kda > 0) return state(3 * taps(fields, 3) * headCount * kda, kda * kda * headCount);
  if (architecture === 'minimax-01') return lightningState(fields, width, headCount);
  return scanState(architecture, fields);
}

function lightningState(fields: ModelFields, width: number, headCount: number): LayerMemory['state'] {
  if (headCount === 0) return null;
  const head = fields.count('attention.key_length') ?? Math.floor(width / headCount);
  return state(0, head * head * headCount);
}

function scanState(architecture: string, fields: ModelFields): LayerMemory['state'] {
  const inner = fields.count('ssm.inner_size');
  const size = fields.count('ssm.state_size');
  const groups = ungrouped.has(architecture) ? 0 : fields.count('ssm.group_count');
  if (inner === null || size === null || groups === null) return null;
  return state(taps(fields, 0) * (inner + 2 * groups * size), size * inner);
}

/** Convolution inputs remembered: one fewer than the kernel. */
function taps(fields: ModelFields, fallback: number): number {
  const kernel = fields.count('ssm.conv_kernel') ?? 0;
  return kernel > 0 ? kernel - 1 : fallback;
}

function state(r: number, s: number): LayerMemory['state'] {
  return Number.isSafeInteger(r) && Number.isSafeInteger(s) ? { r_elements: r, s_elements: s } : null;
}
