import type { Tensor } from '../model/schema';
import type { Bytes } from '../units';

/** Instruction sets that make llama.cpp repack a type, and the multiple its rows must have. */
interface Repacking {
  readonly sets: readonly string[];
  readonly rows: number;
}

const wide = ['avx2'];
const arm = ['dotprod', 'asimddp', 'i8mm', 'matmul_int8'];

/**
 * Types that llama.cpp keeps a second, repacked copy of when it computes them on the CPU
 * (`ggml/src/ggml-cpu/repack.cpp: ggml_repack_get_optimal_repack_type`).
 */
const repackings: Readonly<Record<string, readonly Repacking[]>> = {
  q4_0: [
    { sets: wide, rows: 8 },
    { sets: arm, rows: 4 },
  ],
  q4_K: [
    { sets: wide, rows: 8 },
    { sets: arm, rows: 8 },
  ],
  q2_K: [{ sets: ['avx512f'], rows: 8 }],
  q5_K: [{ sets: arm, rows: 8 }],
  q6_K: [{ sets: arm, rows: 8 }],
  iq4_nl: [
    { sets: wide, rows: 8 },
    { sets: arm, rows: 4 },
  ],
  mxfp4: [
    { sets: wide, rows: 8 },
    { sets: arm, rows: 4 },
  ],
  q8_0: [{ sets: arm, rows: 4 }],
};

/**
 * Bytes of the repacked copies of these tensors (`CPU_REPACK`). Where the CPU's instruction sets are not known,
 * every type that any CPU repacks counts: an upper bound.
 */
export function repackedBytes(tensors: readonly Tensor[], features: readonly string[] | null): Bytes {
  return tensors.reduce((sum, tensor) => sum + (isRepacked(tensor, features) ? tensor.bytes : 0), 0);
}

function isRepacked(tensor: Tensor, features: readonly string[] | null): boolean {
  const rows = tensor.dimensions[1] ?? 1;
  const multiplied = tensor.dimensions.length >= 2 && tensor.role !== 'token_embedding';
  if (!multiplied || tensor.role === 'per_layer_embedding') return false;
  return (repackings[tensor.type] ?? []).some(
    (repacking) =>
      rows % repacking.rows === 0 &&
      (features === null || repacking.sets.some((set) => features.includes(set))),
  );
}
